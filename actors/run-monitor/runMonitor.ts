import type { Decision, ProcessManager } from "../processManager.ts"
import { evolve, type MonitorInput } from "./evolve.ts"
import { isSettled, progressOf } from "./progress.ts"
import { init, type MonitorState } from "./state.ts"

/**
 * Tells when a run is complete: once every rollout that it requested, and every branch that was announced since, is assessed,
 * failed, or parked at an actor it needs. Its fold is also what draws progress: see `progressOf`.
 *
 * A run's branches are announced by the assessment of their parent, in the same event that settles the parent; so no run looks
 * complete while a branch of it is still to come.
 */
export const runMonitor: ProcessManager<MonitorState, MonitorInput["type"]> = {
  name: "run-monitor",
  version: "1",
  consumes: [
    "RunStarted",
    "RunCompleted",
    "RunFailed",
    "TrajectoryCompleted",
    "TrajectoryFailed",
    "TrajectoryAssessed",
    "QueryScored",
    "QueryRefined",
    "RefinementFailed",
    "MessageParked"
  ],
  emits: ["RunCompleted"],
  init,
  evolve,
  decide: (state, { runid }) => runCompleted(state, runid)
}

const runCompleted = (state: MonitorState, runId: string): ReadonlyArray<Decision> => {
  const run = state.get(runId)
  const progress = progressOf(state, runId)
  if (run?.started === undefined || run.ended || progress === undefined || !isSettled(progress)) return []
  const { expected, branches, failed, parked } = progress
  const data = { trajectories: expected, branches, failed, parked }
  return [{ cause: run.started.cause, ordinal: 0, event: { type: "RunCompleted", subject: runId, data } }]
}
