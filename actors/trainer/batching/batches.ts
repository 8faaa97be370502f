import { fillBatch, type MicroBatch } from "./microBatch.ts"
import { type EpochSettings, type PlannedBatch, planEpoch } from "./planEpoch.ts"
import { cutOff, type Extent, extentOf, type Item, targetIndexes } from "./sequence.ts"
import { chooseShapes, type ShapeSettings, shapeFor } from "./shapes.ts"

export interface BatchingSettings extends EpochSettings {
  /** Micro-batches of one update of the weights. */
  readonly accumulation: number
  /** Tokens of a sequence at most. */
  readonly cutoffLength: number
  readonly shapes: ShapeSettings
}

/** The data of one update of the weights. */
export interface StepBatches {
  readonly batches: ReadonlyArray<MicroBatch>
  /** Passes over the data after this step, as a fraction. */
  readonly epoch: number
  /** In all its micro-batches, padding aside: what objectives take their means over. */
  readonly items: number
  readonly tokens: number
  readonly counted: number
}

/** Data divided into updates of the weights. */
export interface Batches {
  /** Every shape that its batches may have. */
  readonly shapes: ReadonlyArray<Extent>
  /** 0 when nothing is left to learn from. */
  readonly stepsPerEpoch: number
  /** Sequences that were longer than the cutoff. */
  readonly cut: number
  /** Indexes of the items that are left out, because one of their sequences has no token to learn within the cutoff. */
  readonly leftOut: ReadonlyArray<number>
  /** The data of a step, counted from 1: the same whenever it is asked for, in whatever order. */
  readonly step: (step: number) => StepBatches
}

/**
 * Divides items into micro-batches of few shapes, and those into updates. The last update of an epoch may have fewer
 * micro-batches than the others, and one micro-batch of an epoch fewer items; no item is seen twice in an epoch.
 */
export const divideIntoBatches = (data: ReadonlyArray<Item>, settings: BatchingSettings): Batches => {
  const items = data.map((item) => item.map((sequence) => cutOff(sequence, settings.cutoffLength)))
  const learnable = items.map((item) => item.length > 0 && item.every((sequence) => targetIndexes(sequence).length > 0))
  const used = [...items.keys()].filter((index) => learnable[index])
  const extents = used.map((index) => extentOf(items[index] ?? []))
  const shapes = chooseShapes(extents, settings.shapes)
  const shapeOf = extents.map((extent) => shapeFor(shapes, extent))
  const members = used.reduce((most, index) => Math.max(most, items[index]?.length ?? 0), 0)

  const plan = remembered((epoch: number) => planEpoch(shapeOf, settings, epoch))
  const fill = ({ items: planned, shape }: PlannedBatch): MicroBatch => {
    const held = planned.map((place) => used[place] ?? 0).map((index) => ({ index, item: items[index] ?? [] }))
    const extent = shapes[shape] ?? { length: 0, targets: 0 }
    return fillBatch(held, { members, shape: extent, size: settings.batchSize })
  }
  const stepsPerEpoch = Math.ceil(plan(0).length / settings.accumulation)
  return {
    shapes,
    stepsPerEpoch,
    cut: data.flat().filter(({ ids }) => ids.length > settings.cutoffLength).length,
    leftOut: [...items.keys()].filter((index) => !learnable[index]),
    step: (step) => {
      const before = step - 1
      const first = (before % stepsPerEpoch) * settings.accumulation
      const planned = plan(Math.floor(before / stepsPerEpoch)).slice(first, first + settings.accumulation)
      const batches = planned.map(fill)
      const total = (count: (batch: MicroBatch) => number) => batches.reduce((sum, batch) => sum + count(batch), 0)
      return {
        batches,
        epoch: step / stepsPerEpoch,
        items: total(({ items }) => items),
        tokens: total(({ tokens }) => tokens),
        counted: total(({ counted }) => counted)
      }
    }
  }
}

/** Keeps the last answer: the steps of an epoch follow each other. */
const remembered = <A>(compute: (epoch: number) => A): ((epoch: number) => A) => {
  let last: { readonly epoch: number; readonly value: A } | undefined
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, value: compute(epoch) }
    return last.value
  }
}
