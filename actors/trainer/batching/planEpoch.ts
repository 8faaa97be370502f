import { shuffled } from "./random.ts"

export interface EpochSettings {
  /** Items of a batch. */
  readonly batchSize: number
  readonly seed: number
}

/** Which items make a batch, and which shape it has. */
export interface PlannedBatch {
  readonly items: ReadonlyArray<number>
  readonly shape: number
}

/**
 * One pass over the data: every item once, in an order drawn from seed and epoch alone, with items of one shape together.
 *
 * `shapeOf` has the shape of each item; a larger shape holds whatever a smaller one does. What is left over where a shape's
 * items fill no batch fills up one of the next larger shape, so that no batch but one is incomplete. The number of batches is
 * the same in every epoch.
 */
export const planEpoch = (
  shapeOf: ReadonlyArray<number>,
  { batchSize, seed }: EpochSettings,
  epoch: number
): ReadonlyArray<PlannedBatch> => {
  const order = shuffled([...shapeOf.keys()], seed, epoch, 0)
  const byShape = Map.groupBy(order, (item) => shapeOf[item] ?? 0)
  const batches: Array<PlannedBatch> = []
  const planned = (items: ReadonlyArray<number>) =>
    batches.push({ items, shape: Math.max(...items.map((item) => shapeOf[item] ?? 0)) })

  let left: ReadonlyArray<number> = []
  for (const shape of [...byShape.keys()].toSorted((a, b) => a - b)) {
    const items = [...left, ...(byShape.get(shape) ?? [])]
    const whole = items.length - (items.length % batchSize)
    for (let first = 0; first < whole; first += batchSize) planned(items.slice(first, first + batchSize))
    left = items.slice(whole)
  }
  if (left.length > 0) planned(left)
  return shuffled(batches, seed, epoch, 1)
}
