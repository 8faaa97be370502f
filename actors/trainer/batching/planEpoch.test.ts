import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { planEpoch } from "./planEpoch.ts"
import { Seed } from "./testing/randomItems.ts"

const Shapes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })))
const BatchSize = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))

describe("planEpoch", () => {
  it.prop(
    "takes every item once and leaves one batch incomplete at most",
    [Shapes, BatchSize, Seed],
    ([shapes, batchSize, seed]) => {
      const batches = planEpoch(shapes, { batchSize, seed }, 3)
      const items = batches.flatMap((batch) => batch.items)
      expect(items.toSorted((a, b) => a - b)).toEqual([...shapes.keys()])
      expect(batches).toHaveLength(Math.ceil(shapes.length / batchSize))
    }
  )

  it.prop("gives a batch the shape of its largest item", [Shapes, BatchSize, Seed], ([shapes, batchSize, seed]) => {
    for (const { items, shape } of planEpoch(shapes, { batchSize, seed }, 0)) {
      expect(Math.max(...items.map((item) => shapes[item] ?? -1))).toBe(shape)
    }
  })

  it.prop(
    "puts a smaller item with larger ones in one batch of a shape at most",
    [Shapes, BatchSize, Seed],
    ([shapes, batchSize, seed]) => {
      const mixed = planEpoch(shapes, { batchSize, seed }, 0).filter(({ items, shape }) =>
        items.some((item) => shapes[item] !== shape)
      )
      expect(new Set(mixed.map(({ shape }) => shape)).size).toBe(mixed.length)
    }
  )

  it("depends on seed and epoch alone", () => {
    const shapes = Array.from({ length: 40 }, (_, item) => item % 2)
    const plan = (seed: number, epoch: number) => planEpoch(shapes, { batchSize: 4, seed }, epoch)
    expect(plan(7, 1)).toEqual(plan(7, 1))
    expect(plan(7, 1)).not.toEqual(plan(7, 2))
    expect(plan(7, 1)).not.toEqual(plan(8, 1))
    expect(plan(1, 2)).not.toEqual(plan(2, 1))
  })

  it("draws every item into the first batch about equally often", () => {
    const times = new Map<number, number>()
    for (let epoch = 0; epoch < 1000; epoch++) {
      for (const item of planEpoch([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], { batchSize: 2, seed: 1 }, epoch)[0]?.items ?? []) {
        times.set(item, (times.get(item) ?? 0) + 1)
      }
    }
    expect(times.size).toBe(10)
    for (const count of times.values()) expect(Math.abs(count - 200)).toBeLessThan(60)
  })
})
