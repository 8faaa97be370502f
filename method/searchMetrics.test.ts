import { describe, expect, it } from "vitest"
import type { Verdict } from "./combination.ts"
import { type SearchSample, searchMetrics } from "./searchMetrics.ts"

const sample = (f1: number, ...qualities: ReadonlyArray<Verdict>): SearchSample => ({
  f1,
  nSearches: qualities.length,
  correct: f1 >= 0.8,
  qualities
})

describe("searchMetrics", () => {
  it.each<
    [behaviour: string, samples: ReadonlyArray<SearchSample>, efficiency: number, perfect: number, partial: number]
  >([
    ["nothing", [], 0, 0, 0],
    ["one good search", [sample(1, "high")], 1, 1, 0],
    ["two good searches", [sample(1, "high", "high")], 0.5, 1, 0],
    ["a correct answer with a bad query", [sample(1, "high", "low")], 0.5, 0, 0],
    ["a correct answer with an unknown query", [sample(1, "high", "unparsed")], 0.5, 0, 0],
    ["an incorrect answer with a good query", [sample(0.5, "high", "low")], 0.25, 0, 1],
    ["an incorrect answer with bad queries", [sample(0.5, "low", "unscored")], 0.25, 0, 0],
    ["a correct answer without a search", [sample(1)], 1, 1, 0],
    ["an incorrect answer without a search", [sample(0.4)], 0.4, 0, 0],
    [
      "a mixture",
      [sample(1, "high"), sample(0, "high"), sample(0.9, "low", "low", "low"), sample(0)],
      0.325,
      0.25,
      0.25
    ]
  ])("of %s", (_, samples, efficiency, perfectRate, partialRate) => {
    const metrics = searchMetrics(samples)
    expect(metrics.efficiency).toBeCloseTo(efficiency, 12)
    expect(metrics).toMatchObject({ perfectRate, partialRate, quality: perfectRate + partialRate })
  })
})
