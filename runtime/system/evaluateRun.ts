import { Effect } from "effect"
import type { DataOf } from "../../events/registry.ts"
import { evaluate, type RunEvaluation } from "../../projections/evaluation/evaluate.ts"
import { evaluation } from "../../projections/evaluation/evaluation.ts"
import type { EvaluationRow } from "../../projections/evaluation/row.ts"
import { foldLog } from "../projection-runner/foldLog.ts"
import { ofRun } from "../projection-runner/ofRun.ts"

/** A run's figures, and the rows that they were made of. Undefined figures: no trajectory of the run has ended. */
export interface EvaluatedRun {
  readonly figures: RunEvaluation | undefined
  readonly rows: ReadonlyArray<EvaluationRow>
  /** What the run was started with. */
  readonly started: DataOf<"RunStarted"> | undefined
}

/** How well the trajectories of a run answer and search, by the run's own rules. */
export const evaluateRun = Effect.fn("evaluateRun")(function* (runId: string) {
  const { state } = yield* foldLog(ofRun(evaluation, runId))
  const rows = [...evaluation.rows(state, { runId })]
  const evaluated: EvaluatedRun = { figures: evaluate(rows)[0], rows, started: state.history.runs.get(runId)?.started }
  return evaluated
})
