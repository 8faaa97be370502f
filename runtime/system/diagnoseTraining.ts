import { Effect, Result } from "effect"
import { codec } from "../../events/codec.ts"
import { type TrainingRow, training } from "../../projections/training/training.ts"
import { EventLog } from "../event-log/eventLog.ts"
import type { Finding } from "./diagnose.ts"

/** What the local engine trains on here, and what would be faster but is not there. */
export const executorFinding: Effect.Effect<Finding> = Effect.tryPromise(async () => {
  const { describeExecutor } = await import("../tensors/executors.ts")
  return await describeExecutor()
}).pipe(
  Effect.match({
    onSuccess: (lines): Finding => ({ subject: "training", verdict: "ok", detail: lines.join("; ") }),
    onFailure: ({ cause }): Finding => ({
      subject: "training",
      verdict: "warn",
      detail: `nothing here can train: ${cause instanceof Error ? cause.message : String(cause)}`
    })
  })
)

/** Trainings that began and did not end, or failed. */
export const trainingFindings = Effect.gen(function* () {
  const log = yield* EventLog
  const state = training.init()
  yield* log.read({ types: training.consumes }, (message) => {
    const event = Result.getOrUndefined(codec.decode(message.text()))
    if (event !== undefined) training.evolve(state, event, message.sequence)
  })
  return [...training.rows(state, {})].flatMap((row) => (row.end?.kind === "completed" ? [] : [standing(row)]))
})

const standing = ({ trainingId, checkpoints, end, request }: TrainingRow): Finding => {
  const state = end?.kind === "failed" ? `failed (${end.reason})` : "not completed"
  const step = checkpoints.at(-1)?.step ?? 0
  const where = request === undefined ? "" : ` into ${request.output}`
  return {
    subject: `training ${trainingId}`,
    verdict: "warn",
    detail: `${state} after step ${step}${where}: give the same command again to go on with it`
  }
}
