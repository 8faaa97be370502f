import { Effect } from "effect"
import { agreement, type ComparedScorers } from "../../projections/agreement/agreement.ts"
import { measureAgreement } from "../../projections/agreement/measure.ts"
import { buildHistory } from "../projection-runner/buildHistory.ts"
import { SegmentFolder } from "../projection-runner/segmentFolder.ts"
import { chooseRun } from "./datasets.ts"

/** How far two scorers agree on the queries of a run, or of every run of the log. Asks no model. */
export const agreementOf = Effect.fn("agreementOf")(function* (scorers: ComparedScorers, runId: string | undefined) {
  const run = runId === undefined ? {} : { run: yield* chooseRun(runId) }
  const cacheDir = yield* SegmentFolder
  const { history } = yield* buildHistory({ ...run, ...(cacheDir === undefined ? {} : { cacheDir }) })
  return measureAgreement([...agreement.rows(history, scorers)])
})
