import { assert, describe, it } from "@effect/vitest"
import { seededRandom } from "./random.ts"

const times = <A>(count: number, draw: () => A): ReadonlyArray<A> => Array.from({ length: count }, draw)

describe("seededRandom", () => {
  it("draws these numbers for ever, so that trainings can be repeated", () => {
    const { bits, uniform, below, normal } = seededRandom(7, "weights")
    assert.deepStrictEqual(times(3, bits), [158313575, 3418652530, 2080593258])
    assert.strictEqual(uniform(), 0.425112977997114)
    assert.deepStrictEqual(
      times(4, () => below(10)),
      [2, 0, 2, 1]
    )
    assert.deepStrictEqual(times(3, normal), [-0.10205056383931632, -0.10206807038878311, 0.11674856258955432])
  })

  it.each([
    ["another seed", 8, "weights"],
    ["another label", 7, "order"],
    ["a seed and a label that only look the same together", 7, "/weights"]
  ])("draws other numbers for %s", (_, seed, label) => {
    const own = new Set(times(1000, seededRandom(7, "weights").bits))
    const common = times(1000, seededRandom(seed, label).bits).filter((drawn) => own.has(drawn))
    assert.deepStrictEqual(common, [])
  })

  it("spreads uniform numbers evenly over 0 to 1", () => {
    const { uniform } = seededRandom(1, "")
    const buckets = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) {
      const drawn = uniform()
      assert.isTrue(drawn >= 0 && drawn < 1)
      const bucket = Math.floor(drawn * 10)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    // Five standard deviations of a bucket's binomial count.
    for (const count of buckets) assert.approximately(count, 10_000, 475)
  })

  it("draws normal numbers with the moments of their distribution", () => {
    const drawn = times(200_000, seededRandom(2, "").normal)
    const moment = (power: number) => drawn.reduce((sum, value) => sum + value ** power, 0) / drawn.length
    assert.approximately(moment(1), 0, 0.012)
    assert.approximately(moment(2), 1, 0.016)
    assert.approximately(moment(3), 0, 0.044)
    assert.approximately(moment(4), 3, 0.11)
  })
})
