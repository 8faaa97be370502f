import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { learningRate, type Schedule } from "./schedule.ts"

const ratesOf = (schedule: Schedule) =>
  Array.from({ length: schedule.steps }, (_, index) => learningRate(schedule, index + 1))

const Any = Schema.Struct({
  kind: Schema.Literals(["cosine", "linear", "constant"]),
  peak: Schema.Literals([1e-6, 7e-6, 1]),
  warmupRatio: Schema.Literals([0, 0.1, 0.33, 1]),
  steps: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))
})

describe("learningRate", () => {
  it.each<[kind: Schedule["kind"], warmupRatio: number, rates: ReadonlyArray<number>]>([
    ["constant", 0, [8, 8, 8, 8, 8, 8]],
    ["constant", 0.3, [0, 4, 8, 8, 8, 8]],
    ["linear", 0.3, [0, 4, 8, 6, 4, 2]],
    ["cosine", 0.3, [0, 4, 8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2]],
    ["linear", 1, [0, 8 / 6, 16 / 6, 4, 32 / 6, 40 / 6]]
  ])("%s with a warm-up of %d of six steps", (kind, warmupRatio, rates) => {
    const found = ratesOf({ kind, peak: 8, warmupRatio, steps: 6 })
    expect(found).toEqual(rates.map((rate) => expect.closeTo(rate, 9)))
  })

  it("begins at the peak without a warm-up", () => {
    for (const kind of ["cosine", "linear", "constant"] as const) {
      expect(learningRate({ kind, peak: 3, warmupRatio: 0, steps: 10 }, 1)).toBe(3)
    }
  })

  it.prop("stays between 0 and the peak, rises during the warm-up and never afterwards", [Any], ([schedule]) => {
    const rates = ratesOf(schedule)
    const warmup = Math.ceil(schedule.steps * schedule.warmupRatio)
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...rates)).toBeLessThanOrEqual(schedule.peak)
    for (const [index, rate] of rates.slice(1).entries()) {
      const before = rates[index] ?? Number.NaN
      if (index + 1 <= warmup) expect(rate).toBeGreaterThan(before)
      else expect(rate).toBeLessThanOrEqual(before)
    }
  })

  it.prop("ends near 0 when it falls, and there where it was when it does not", [Any], ([schedule]) => {
    const after = learningRate({ ...schedule, warmupRatio: 0 }, schedule.steps + 1)
    expect(after).toBeCloseTo(schedule.kind === "constant" ? schedule.peak : 0, 12)
  })
})
