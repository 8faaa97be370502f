import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Batches, divideIntoBatches } from "./batches.ts"
import { cutOff, type Item, targetIndexes } from "./sequence.ts"
import { randomItems, Seed } from "./testing/randomItems.ts"

const settings = {
  batchSize: 3,
  accumulation: 2,
  cutoffLength: 64,
  seed: 5,
  shapes: { count: 3, multiple: 8 }
}

const Small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

const stepsOf = ({ step, stepsPerEpoch }: Batches, epoch: number) =>
  Array.from({ length: stepsPerEpoch }, (_, index) => step(epoch * stepsPerEpoch + index + 1))

/** What every counted position of a pass predicts from what, as ids; those tell sequences and places apart. */
const learnt = (batches: Batches, epoch: number) =>
  stepsOf(batches, epoch)
    .flatMap((step) => step.batches)
    .flatMap(({ ids, mask, positions, targets }) =>
      [...targets].flatMap((target, index) => (mask[index] === 1 ? [`${ids[positions[index] ?? -1]} ${target}`] : []))
    )
    .toSorted()

const expected = (items: ReadonlyArray<Item>, leftOut: ReadonlyArray<number>) =>
  items
    .filter((_, index) => !leftOut.includes(index))
    .flat()
    .map((sequence) => cutOff(sequence, settings.cutoffLength))
    .flatMap((sequence) => targetIndexes(sequence).map((at) => `${sequence.ids[at - 1]} ${sequence.ids[at]}`))
    .toSorted()

describe("divideIntoBatches", () => {
  it.prop(
    "learns every token that counts once an epoch, from the token before it",
    [Small(25), Small(2), Seed],
    ([count, members, seed]) => {
      const items = randomItems(count, members, seed)
      const batches = divideIntoBatches(items, settings)
      for (const epoch of [0, 1]) expect(learnt(batches, epoch)).toEqual(expected(items, batches.leftOut))
    }
  )

  it.prop("gives the same step whenever it is asked for", [Seed], ([seed]) => {
    const items = randomItems(20, 1, seed)
    const forwards = divideIntoBatches(items, settings)
    const steps = [1, 2, 3, 4, 5, 6, 7, 8].map(forwards.step)
    const backwards = divideIntoBatches(items, settings)
    expect([8, 7, 6, 5, 4, 3, 2, 1].map(backwards.step).toReversed()).toEqual(steps)
  })

  it.prop(
    "keeps pairs together, the chosen answers in the first half of the rows",
    [Small(15), Seed],
    ([count, seed]) => {
      const batches = divideIntoBatches(randomItems(count, 2, seed), settings)
      for (const { rows, shape } of stepsOf(batches, 0).flatMap((step) => step.batches)) {
        const half = shape.batch / 2
        const chosen = rows.slice(0, half).map((row) => row?.item)
        expect(rows.slice(half).map((row) => row?.item)).toEqual(chosen)
        expect(new Set(rows.slice(0, half).map((row) => row?.member ?? 0))).toEqual(new Set([0]))
      }
    }
  )

  it.prop("has the same few shapes in every epoch, with as many rows in each", [Small(40), Seed], ([count, seed]) => {
    const batches = divideIntoBatches(randomItems(count, 1, seed), settings)
    const seen = [0, 1, 2].flatMap((epoch) => stepsOf(batches, epoch).flatMap((step) => step.batches))
    for (const { shape } of seen) {
      expect(shape.batch).toBe(settings.batchSize)
      expect(batches.shapes).toContainEqual({ length: shape.length, targets: shape.targets })
    }
    expect(batches.shapes.length).toBeLessThanOrEqual(settings.shapes.count)
  })

  it("adds up what a step holds without padding", () => {
    const batches = divideIntoBatches(randomItems(30, 1, 1), settings)
    for (const { batches: parts, counted, items, tokens } of stepsOf(batches, 0)) {
      expect(parts.reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0)).toBe(counted)
      expect(parts.reduce((sum, { ids }) => sum + ids.filter((id) => id > 0).length, 0)).toBe(tokens)
      expect(parts.reduce((sum, { rows }) => sum + rows.filter((row) => row !== undefined).length, 0)).toBe(items)
    }
  })

  it("counts steps from 1 and epochs by them", () => {
    const batches = divideIntoBatches(randomItems(13, 1, 2), { ...settings, cutoffLength: 1000 })
    const used = 13 - batches.leftOut.length
    expect(batches.stepsPerEpoch).toBe(Math.ceil(Math.ceil(used / 3) / 2))
    expect(batches.step(batches.stepsPerEpoch).epoch).toBe(1)
    expect(stepsOf(batches, 0).reduce((sum, { items }) => sum + items, 0)).toBe(used)
  })

  it("tells what it cut, and leaves out what then has nothing to learn", () => {
    const prompt = (length: number, answer: number) => ({
      ids: Array.from({ length: length + answer }, (_, index) => index + 1),
      mask: Array.from({ length: length + answer }, (_, index) => (index < length ? 0 : 1))
    })
    const data = [[prompt(3, 4)], [prompt(5, 9)], [prompt(8, 2)], [prompt(2, 0)]]
    const batches = divideIntoBatches(data, { ...settings, cutoffLength: 8 })
    expect([batches.cut, batches.leftOut]).toEqual([2, [2, 3]])
    const { counted, tokens } = batches.step(1)
    expect([tokens, counted]).toEqual([7 + 8, 4 + 3])
  })

  it("has no steps when nothing can be learnt", () => {
    const batches = divideIntoBatches([[{ ids: [1, 2], mask: [0, 0] }]], settings)
    expect([batches.stepsPerEpoch, batches.leftOut, batches.shapes]).toEqual([0, [0], []])
  })

  it("pads little: of very different lengths six shapes leave a quarter of the places empty, and one seven tenths", () => {
    const items = randomItems(400, 1, 9)
    const emptyShare = (count: number) => {
      const divided = divideIntoBatches(items, {
        ...settings,
        batchSize: 8,
        cutoffLength: 128,
        shapes: { count, multiple: 4 }
      })
      const steps = stepsOf(divided, 0)
      const places = steps.flatMap(({ batches }) => batches).reduce((sum, { ids }) => sum + ids.length, 0)
      return 1 - steps.reduce((sum, { tokens }) => sum + tokens, 0) / places
    }
    expect(emptyShare(1)).toBeGreaterThan(0.7)
    expect(emptyShare(6)).toBeLessThan(0.26)
  })
})
