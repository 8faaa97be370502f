import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Extent } from "./sequence.ts"
import { chooseShapes, shapeFor } from "./shapes.ts"

const same = (extent: Extent, count: number) => Array.from({ length: count }, () => extent)

const Extents = Schema.Array(
  Schema.Struct({
    length: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 90 })),
    targets: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
  })
)

const Settings = Schema.Struct({
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })),
  multiple: Schema.Literals([1, 4, 16])
})

const placesOf = (extents: ReadonlyArray<Extent>, shapes: ReadonlyArray<Extent>) =>
  extents.reduce((sum, extent) => {
    const shape = shapes[shapeFor(shapes, extent)]
    return sum + (shape === undefined ? Number.NaN : shape.length + shape.targets)
  }, 0)

/** Every choice of at most `count` of the lengths, from short to long, that holds the last one. */
const choices = (lengths: ReadonlyArray<number>, count: number): ReadonlyArray<ReadonlyArray<number>> => {
  const last = lengths.slice(-1)
  if (last.length === 0 || count <= 1) return [last]
  return [
    last,
    ...lengths
      .slice(0, -1)
      .flatMap((_, index) => choices(lengths.slice(0, index + 1), count - 1).map((set) => [...set, ...last]))
  ]
}

describe("chooseShapes", () => {
  it("gives the one shape that holds everything, rounded up", () => {
    const extents = [
      { length: 30, targets: 2 },
      { length: 9, targets: 17 }
    ]
    expect(chooseShapes(extents, { count: 1, multiple: 8 })).toEqual([{ length: 32, targets: 24 }])
  })

  it("divides where that wastes least: not in the middle, but where the many are", () => {
    const extents = [
      ...same({ length: 8, targets: 4 }, 90),
      ...same({ length: 16, targets: 4 }, 30),
      ...same({ length: 64, targets: 4 }, 1)
    ]
    const shapes = (count: number) => chooseShapes(extents, { count, multiple: 4 }).map(({ length }) => length)
    expect([shapes(1), shapes(2), shapes(3), shapes(9)]).toEqual([[64], [16, 64], [8, 16, 64], [8, 16, 64]])
  })

  it("needs none for no items", () => {
    expect(chooseShapes([], { count: 3, multiple: 8 })).toEqual([])
  })

  it.prop(
    "holds every item, and in a larger shape whatever a smaller one holds",
    [Extents, Settings],
    ([extents, by]) => {
      const shapes = chooseShapes(extents, by)
      expect(shapes.length).toBeLessThanOrEqual(by.count)
      expect(extents.every((extent) => shapeFor(shapes, extent) >= 0)).toBe(true)
      for (const [index, larger] of shapes.slice(1).entries()) {
        const smaller = shapes[index] ?? larger
        expect([larger.length > smaller.length, larger.targets >= smaller.targets]).toEqual([true, true])
      }
      expect(shapes.flatMap(({ length, targets }) => [length % by.multiple, targets % by.multiple])).toEqual(
        shapes.flatMap(() => [0, 0])
      )
    }
  )

  it.prop("wastes no more places than any other choice of as many lengths", [Extents, Settings], ([all, { count }]) => {
    const extents = all.slice(0, 7)
    const lengths = [...new Set(extents.map(({ length }) => length))].toSorted((a, b) => a - b)
    const targetsUpTo = (length: number) =>
      Math.max(...extents.filter((one) => one.length <= length).map(({ targets }) => targets))
    const costs = choices(lengths, count).map((chosen) =>
      placesOf(
        extents,
        chosen.map((length) => ({ length, targets: targetsUpTo(length) }))
      )
    )
    expect(placesOf(extents, chooseShapes(extents, { count, multiple: 1 }))).toBe(Math.min(...costs))
  })
})
