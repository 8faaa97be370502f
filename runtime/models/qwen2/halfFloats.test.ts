import { assert, describe, it } from "@effect/vitest"
import { seededRandom } from "../random.ts"
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./halfFloats.ts"

const patterns = Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern)

const formats = {
  float16: { to: toFloat16, from: fromFloat16 },
  bfloat16: { to: toBfloat16, from: fromBfloat16 }
} as const
type FormatName = keyof typeof formats

const encoded = (name: FormatName, value: number): number => {
  const halves = new Uint16Array(1)
  formats[name].to(Float32Array.of(value), halves)
  return halves[0] ?? -1
}

const decoded = (name: FormatName, halves: Uint16Array): Float32Array => {
  const values = new Float32Array(halves.length)
  formats[name].from(halves, values)
  return values
}

/** The pattern of the finite number nearest to a positive value, found by looking at all of them; ties go to the even pattern. */
const nearestOf = (name: FormatName) => {
  const ascending = [...decoded(name, patterns.subarray(0, 0x8000))].filter(Number.isFinite)
  return (value: number): number => {
    let [low, high] = [0, ascending.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((ascending[middle] ?? 0) <= value) low = middle
      else high = middle
    }
    const below = ascending[low] ?? 0
    // Above the largest comes what would be the next one, which is infinity's pattern.
    const above = ascending[low + 1] ?? 2 * below - (ascending[low - 1] ?? 0)
    const [down, up] = [value - below, above - value]
    return down < up || (down === up && low % 2 === 0) ? low : low + 1
  }
}

describe.each(["float16", "bfloat16"] as const)("%s", (name) => {
  it("gives back every one of its 65,536 patterns", () => {
    const halves = new Uint16Array(patterns.length)
    formats[name].to(decoded(name, patterns), halves)
    assert.deepStrictEqual(halves, patterns)
  })

  it("rounds to the nearest, ties to even, over its whole range", () => {
    const nearest = nearestOf(name)
    const { bits } = seededRandom(3, name)
    // Half of them in float16's range, where bits drawn at random seldom lie.
    const words = Uint32Array.from({ length: 50_000 }, (_, i) =>
      i % 2 === 0 ? bits() >>> 1 : 0x32800000 + (bits() % 0x15000000)
    )
    const values = new Float32Array(words.buffer).filter(Number.isFinite)
    assert.isAbove(values.length, 49_000)
    const halves = new Uint16Array(values.length)
    formats[name].to(values, halves)
    assert.deepStrictEqual(halves, Uint16Array.from(values, nearest))
    formats[name].to(
      values.map((value) => -value),
      halves
    )
    assert.deepStrictEqual(
      halves,
      Uint16Array.from(values, (value) => nearest(value) | 0x8000)
    )
  })

  it("rounds what lies halfway to the even neighbour", () => {
    const ascending = decoded(name, patterns.subarray(0, 0x7c00))
    const lower = patterns.subarray(0, 0x7bff)
    const halves = new Uint16Array(lower.length)
    const middles = Float32Array.from(lower, (i) => ((ascending[i] ?? 0) + (ascending[i + 1] ?? 0)) / 2)
    formats[name].to(middles, halves)
    assert.deepStrictEqual(
      halves,
      lower.map((pattern) => pattern + (pattern % 2))
    )
  })
})

describe("float16", () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [1e30, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [Number.NaN, 0x7e00]
  ])("of %d is %d", (value, pattern) => {
    assert.strictEqual(encoded("float16", value), pattern)
  })
})

describe("bfloat16", () => {
  it.each([
    [1, 0x3f80],
    [-0, 0x8000],
    [3.4028234663852886e38, 0x7f80],
    [Number.POSITIVE_INFINITY, 0x7f80],
    [2 ** -133, 0x0001],
    [Number.NaN, 0x7fc0]
  ])("of %d is %d", (value, pattern) => {
    assert.strictEqual(encoded("bfloat16", value), pattern)
  })

  it("of a NaN whose payload lies in the lost half is a NaN still", () => {
    const values = new Float32Array(1)
    new Uint32Array(values.buffer)[0] = 0x7f800001
    const halves = new Uint16Array(1)
    toBfloat16(values, halves)
    assert.deepStrictEqual([...halves], [0x7fc0])
  })
})
