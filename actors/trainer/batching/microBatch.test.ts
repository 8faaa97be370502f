import { describe, expect, it } from "@effect/vitest"
import { bySequence, perRow, perTarget } from "./alongside.ts"
import { fillBatch } from "./microBatch.ts"

const chosen = { ids: [11, 12, 13, 14], mask: [0, 0, 1, 1] }
const rejected = { ids: [11, 12, 15], mask: [0, 0, 1] }

/** One pair, with an index of 7 in its data, in a batch with room for two. */
const batch = fillBatch([{ index: 7, item: [chosen, rejected] }], {
  members: 2,
  shape: { length: 5, targets: 3 },
  size: 2
})

describe("fillBatch", () => {
  it("lays out first the chosen, then the rejected answers, padded at their ends", () => {
    expect(batch.shape).toEqual({ batch: 4, length: 5, targets: 3 })
    expect([...batch.ids]).toEqual([11, 12, 13, 14, 0, 0, 0, 0, 0, 0, 11, 12, 15, 0, 0, 0, 0, 0, 0, 0])
    expect([...batch.targets]).toEqual([13, 14, 0, 0, 0, 0, 15, 0, 0, 0, 0, 0])
    expect([...batch.mask]).toEqual([1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
  })

  it("points from each target to the token before it", () => {
    expect([...batch.positions]).toEqual([1, 2, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0])
  })

  it("tells what each row holds and how much there is without padding", () => {
    expect(batch.rows).toEqual([{ item: 7, member: 0 }, undefined, { item: 7, member: 1 }, undefined])
    expect([batch.items, batch.tokens, batch.counted]).toEqual([1, 7, 3])
  })

  it("never counts a first token: nothing predicts it", () => {
    const { counted, targets } = fillBatch([{ index: 0, item: [{ ids: [5, 6], mask: [1, 1] }] }], {
      members: 1,
      shape: { length: 2, targets: 2 },
      size: 1
    })
    expect([counted, ...targets]).toEqual([1, 6, 0])
  })
})

describe("what goes alongside a batch", () => {
  it("is one number a row", () => {
    expect([...perRow(batch, ({ item, member }) => item + member)]).toEqual([7, 0, 8, 0])
  })

  it("is one number a target, and comes back by sequence", () => {
    const values = [[-1, -2], [-3]]
    const laidOut = perTarget(batch, ({ member }) => values[member] ?? [])
    expect([...laidOut]).toEqual([-1, -2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 0])
    expect(bySequence(batch, laidOut)).toEqual([
      { item: 7, member: 0, values: Float32Array.of(-1, -2) },
      { item: 7, member: 1, values: Float32Array.of(-3) }
    ])
  })
})
