import type { AnswerScore } from "../../method/answerScore.ts"
import { type SearchMetrics, searchMetrics } from "../../method/searchMetrics.ts"
import type { CompletedRow } from "./row.ts"
import { addUsage, type Usage } from "./usage.ts"

/** The figures of a set of trajectories. Scores and rates are means between 0 and 1; all 0 when `n` is 0. */
export interface Measures extends AnswerScore {
  /** Completed trajectories. */
  readonly n: number
  /** Share of answers whose F1 reaches the threshold. */
  readonly correctRate: number
  /** Share of transcripts that pass the format check. */
  readonly formatRate: number
  readonly reward: number
  /** Searches of a trajectory. */
  readonly searches: number
  /** S_E: F1 per search. */
  readonly searchEfficiency: number
  /** S_Q: perfect rate and partial rate together. */
  readonly searchQuality: number
  /** Share with a correct answer and high-quality queries only. */
  readonly perfectRate: number
  /** Share with an incorrect answer but some high-quality query. */
  readonly partialRate: number
  readonly queries: QueryMeasures
  /** Tokens of all the trajectories together. */
  readonly usage: Usage
}

/** About the queries that the trajectories issued themselves, so that a query which branches share counts once. */
export interface QueryMeasures {
  readonly n: number
  /** Share of low-quality queries. */
  readonly low: number
  /** Share of queries that each scorer speaks against, by scorer name; one query may be spoken against by several. */
  readonly lowBy: Readonly<Record<string, number>>
  /** Share of queries whose quality is not known: a score is missing or unreadable. */
  readonly unknown: number
}

export const measure = (rows: ReadonlyArray<CompletedRow>): Measures => {
  const { efficiency, quality, perfectRate, partialRate } = searchMetricsOf(rows)
  return {
    n: rows.length,
    em: mean(rows, ({ em }) => em),
    f1: mean(rows, ({ f1 }) => f1),
    precision: mean(rows, ({ precision }) => precision),
    recall: mean(rows, ({ recall }) => recall),
    acc: mean(rows, ({ acc }) => acc),
    correctRate: mean(rows, ({ correct }) => Number(correct)),
    formatRate: mean(rows, ({ formatOk }) => Number(formatOk)),
    reward: mean(rows, ({ reward }) => reward),
    searches: mean(rows, ({ searches }) => searches),
    searchEfficiency: efficiency,
    searchQuality: quality,
    perfectRate,
    partialRate,
    queries: queryMeasures(rows),
    usage: addUsage(rows.map(({ usage }) => usage))
  }
}

const searchMetricsOf = (rows: ReadonlyArray<CompletedRow>): SearchMetrics =>
  searchMetrics(
    rows.map(({ f1, searches, correct, rounds }) => ({
      f1,
      nSearches: searches,
      correct,
      qualities: rounds.map(({ quality }) => quality)
    }))
  )

const queryMeasures = (rows: ReadonlyArray<CompletedRow>): QueryMeasures => {
  const queries = rows.flatMap(({ rounds }) => rounds.filter(({ kind }) => kind === "issued"))
  const scorers = [...new Set(queries.flatMap(({ objectors }) => objectors))].sort()
  return {
    n: queries.length,
    low: mean(queries, ({ quality }) => Number(quality === "low")),
    lowBy: Object.fromEntries(
      scorers.map((scorer) => [scorer, mean(queries, ({ objectors }) => Number(objectors.includes(scorer)))])
    ),
    unknown: mean(queries, ({ quality }) => Number(quality !== "low" && quality !== "high"))
  }
}

const mean = <A>(values: ReadonlyArray<A>, value: (value: A) => number): number =>
  values.length === 0 ? 0 : values.reduce((sum, next) => sum + value(next), 0) / values.length
