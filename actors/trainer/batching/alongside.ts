import type { MicroBatch, RowSource } from "./microBatch.ts"

/** One number a row, 0 in padding: `[batch]`. */
export const perRow = ({ rows }: MicroBatch, numberOf: (source: RowSource) => number): Float32Array =>
  Float32Array.from(rows, (source) => (source === undefined ? 0 : numberOf(source)))

/** One number a target, 0 in padding: `[batch · targets]`. Of each sequence `valuesOf` gives those of its targets in order. */
export const perTarget = (
  { rows, shape }: MicroBatch,
  valuesOf: (source: RowSource) => ArrayLike<number>
): Float32Array => {
  const laidOut = new Float32Array(shape.batch * shape.targets)
  for (const [row, source] of rows.entries()) {
    if (source !== undefined) laidOut.set(valuesOf(source), row * shape.targets)
  }
  return laidOut
}

/** What `perTarget` laid out, or a forward pass found for every target, taken apart again: one array a sequence. */
export const bySequence = (
  { mask, rows, shape }: MicroBatch,
  values: Float32Array
): ReadonlyArray<RowSource & { readonly values: Float32Array }> =>
  rows.flatMap((source, row) => {
    if (source === undefined) return []
    const first = row * shape.targets
    const count = mask.subarray(first, first + shape.targets).filter((counts) => counts === 1).length
    return [{ ...source, values: values.slice(first, first + count) }]
  })
