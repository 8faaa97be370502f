import type { Verdict } from "./combination.ts"

/** One evaluated trajectory. */
export interface SearchSample {
  /** Token F1 of the answer, 0 to 1. */
  readonly f1: number
  /** Searches executed. */
  readonly nSearches: number
  /** Whether the F1 reached the threshold. */
  readonly correct: boolean
  /** S_t of every round. */
  readonly qualities: ReadonlyArray<Verdict>
}

/** All between 0 and 1. */
export interface SearchMetrics {
  /** S_E, the mean of F1 per search. */
  readonly efficiency: number
  /** S_Q, perfect rate and partial rate together. */
  readonly quality: number
  /** Share of samples with a correct answer and high-quality queries only. */
  readonly perfectRate: number
  /** Share of samples with an incorrect answer but some high-quality query. */
  readonly partialRate: number
}

/**
 * Search efficiency and search quality (paper, section on search metrics); all 0 without samples.
 *
 * The paper leaves open what a sample without searches is worth. Here its F1 counts undivided, as if it had searched once:
 * no better than the cheapest search, no worse either. It is perfect when its answer is correct, for it holds no query of
 * less than high quality. A query whose quality is not known is not of high quality.
 */
export const searchMetrics = (samples: ReadonlyArray<SearchSample>): SearchMetrics => {
  const perfectRate = mean(samples, ({ correct, qualities }) => Number(correct && qualities.every(isHigh)))
  const partialRate = mean(samples, ({ correct, qualities }) => Number(!correct && qualities.some(isHigh)))
  return {
    efficiency: mean(samples, ({ f1, nSearches }) => f1 / Math.max(1, nSearches)),
    quality: perfectRate + partialRate,
    perfectRate,
    partialRate
  }
}

const isHigh = (quality: Verdict): boolean => quality === "high"

const mean = (samples: ReadonlyArray<SearchSample>, value: (sample: SearchSample) => number): number =>
  samples.length === 0 ? 0 : samples.reduce((total, sample) => total + value(sample), 0) / samples.length
