import { type Extent, type Item, type Sequence, targetIndexes } from "./sequence.ts"

/** Rows, tokens of a row, and target positions of a row. */
export interface BatchShape extends Extent {
  readonly batch: number
}

/** Where a row's sequence comes from: the item by its index in the data, and which of its sequences. */
export interface RowSource {
  readonly item: number
  readonly member: number
}

/**
 * Sequences padded to one shape, for one forward pass. Rows are grouped by member: first the first sequence of every item (the
 * chosen answers of pairs), then the second of every item (the rejected ones). Padding is 0 everywhere, and after the tokens.
 */
export interface MicroBatch {
  readonly shape: BatchShape
  /** `[batch · length]` */
  readonly ids: Int32Array
  /** `[batch · targets]`: row · length + time of the hidden state that predicts the target. */
  readonly positions: Int32Array
  /** `[batch · targets]`: the token ids to be predicted. */
  readonly targets: Int32Array
  /** `[batch · targets]`: 1 for a target, 0 for padding. */
  readonly mask: Float32Array
  /** What each row holds; undefined where it is padding from end to end. */
  readonly rows: ReadonlyArray<RowSource | undefined>
  /** Items in it. */
  readonly items: number
  /** Tokens in it, padding aside. */
  readonly tokens: number
  /** Targets in it, padding aside. */
  readonly counted: number
}

/** Lays the items of a batch out in rows. `size` items of `members` sequences have room; fewer leave rows empty. */
export const fillBatch = (
  items: ReadonlyArray<{ readonly index: number; readonly item: Item }>,
  { members, shape, size }: { readonly members: number; readonly shape: Extent; readonly size: number }
): MicroBatch => {
  const { length, targets: width } = shape
  const batch = members * size
  const ids = new Int32Array(batch * length)
  const positions = new Int32Array(batch * width)
  const targets = new Int32Array(batch * width)
  const mask = new Float32Array(batch * width)
  const rows: Array<RowSource | undefined> = new Array(batch).fill(undefined)
  let tokens = 0
  let counted = 0
  const fillRow = (row: number, sequence: Sequence) => {
    ids.set(sequence.ids, row * length)
    const indexes = targetIndexes(sequence)
    for (const [place, index] of indexes.entries()) {
      positions[row * width + place] = row * length + index - 1
      targets[row * width + place] = sequence.ids[index] ?? 0
      mask[row * width + place] = 1
    }
    tokens += sequence.ids.length
    counted += indexes.length
  }
  for (let row = 0; row < batch; row++) {
    const held = items[row % size]
    const member = Math.floor(row / size)
    const sequence = held?.item[member]
    if (held === undefined || sequence === undefined) continue
    rows[row] = { item: held.index, member }
    fillRow(row, sequence)
  }
  return { shape: { batch, ...shape }, ids, positions, targets, mask, rows, items: items.length, tokens, counted }
}
