import { compareText } from "../history/order.ts"
import { type Measures, measure } from "./measures.ts"
import type { CompletedRow, EvaluationRow } from "./row.ts"

/** The figures of one run: data set by data set in the order of their names, and over all its trajectories pooled. */
export interface RunEvaluation {
  readonly runId: string
  readonly datasets: ReadonlyArray<DatasetEvaluation>
  readonly overall: PopulationMeasures
}

export interface DatasetEvaluation extends PopulationMeasures {
  readonly dataset: string
}

/**
 * The same figures over different trajectories. `initial` is what the policy does by itself, and what benchmarks report;
 * `parents` and `branches` show what refined queries change.
 */
export interface PopulationMeasures {
  readonly initial: Measures
  /** The trajectories that branches were cut from, once for each branch: the difference to `branches` is the mean change. */
  readonly parents: Measures
  readonly branches: Measures
  /**
   * Of each tree the trajectory with the highest F1, then the highest reward, then the first in canonical order. The choice
   * looks at the gold answers: it is the most that refinement could give, not what the policy reaches.
   */
  readonly best: Measures
  /** Trajectories that failed. They are counted here only, not as wrong answers. */
  readonly failed: { readonly initial: number; readonly branches: number }
}

export type Population = Exclude<keyof PopulationMeasures, "failed">

export const populations = ["initial", "parents", "branches", "best"] as const satisfies ReadonlyArray<Population>

/** The figures of every run, in the order of the run ids. Rows must come in canonical order, as the projection gives them. */
export const evaluate = (rows: ReadonlyArray<EvaluationRow>): ReadonlyArray<RunEvaluation> =>
  grouped(rows, ({ runId }) => runId).map(([runId, ofRun]) => ({
    runId,
    datasets: grouped(ofRun, ({ dataset }) => dataset).map(([dataset, ofDataset]) => ({
      dataset,
      ...measurePopulations(ofDataset)
    })),
    overall: measurePopulations(ofRun)
  }))

const grouped = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string) =>
  [...Map.groupBy(rows, key)].sort(([left], [right]) => compareText(left, right))

export const isCompleted = (row: EvaluationRow): row is CompletedRow => row.kind === "completed"
export const isInitial = ({ branch }: EvaluationRow): boolean => branch.length === 0

/** The rows of each population, in canonical order of the rows they were chosen from. */
export const populationsOf = (
  rows: ReadonlyArray<EvaluationRow>
): Readonly<Record<Population, ReadonlyArray<CompletedRow>>> => {
  const completed = rows.filter(isCompleted)
  const byId = new Map(completed.map((row) => [row.trajectoryId, row]))
  const branches = completed.filter((row) => !isInitial(row))
  return {
    initial: completed.filter(isInitial),
    parents: branches.flatMap(({ parent }) => byId.get(parent?.trajectoryId ?? "") ?? []),
    branches,
    best: [...Map.groupBy(completed, ({ rootId }) => rootId).values()].flatMap(bestOf)
  }
}

const bestOf = (tree: ReadonlyArray<CompletedRow>): ReadonlyArray<CompletedRow> =>
  tree.toSorted((left, right) => right.f1 - left.f1 || right.reward - left.reward).slice(0, 1)

const measurePopulations = (rows: ReadonlyArray<EvaluationRow>): PopulationMeasures => {
  const { initial, parents, branches, best } = populationsOf(rows)
  const failed = rows.filter(({ kind }) => kind === "failed")
  const failedInitial = failed.filter(isInitial).length
  return {
    initial: measure(initial),
    parents: measure(parents),
    branches: measure(branches),
    best: measure(best),
    failed: { initial: failedInitial, branches: failed.length - failedInitial }
  }
}

/** The figures that benchmarks of search agents report. */
export type BenchmarkMetrics = Pick<
  Measures,
  "n" | "em" | "f1" | "precision" | "recall" | "acc" | "searchEfficiency" | "perfectRate" | "partialRate"
>

/** The benchmark figures of the initial trajectories, by data set: what one line of JSON says about a run. */
export const benchmarkMetrics = ({ datasets }: RunEvaluation): Readonly<Record<string, BenchmarkMetrics>> =>
  Object.fromEntries(
    datasets.map(({ dataset, initial }) => {
      const { n, em, f1, precision, recall, acc, searchEfficiency, perfectRate, partialRate } = initial
      return [dataset, { n, em, f1, precision, recall, acc, searchEfficiency, perfectRate, partialRate }]
    })
  )
