import type { MonitorState } from "./state.ts"

/** How far a run has come, in trajectories. At its end `expected` is `assessed + failed + parked`. */
export interface RunProgress {
  /** Initial rollouts and announced branches, without those for which no better query was found. */
  readonly expected: number
  /** Those that came to an end, assessed or not. */
  readonly completed: number
  readonly assessed: number
  readonly failed: number
  /** Those that wait in the dead letters. */
  readonly parked: number
  /** The branches among the expected ones. */
  readonly branches: number
  /** Searches that the completed ones made; a branch's inherited rounds count for its parent only. */
  readonly queries: number
}

/** The progress of a run; undefined before its start was seen. */
export const progressOf = (state: MonitorState, runId: string): RunProgress | undefined => {
  const run = state.get(runId)
  if (run?.started === undefined) return undefined
  const { assessed, failed, parked, refused } = run.standings
  const branches = run.branches.size - refused
  const { completed, queries } = run
  return { expected: run.started.rollouts + branches, completed, assessed, failed, parked, branches, queries }
}

/** Whether every expected trajectory is settled: assessed, failed or parked. */
export const isSettled = ({ expected, assessed, failed, parked }: RunProgress): boolean =>
  assessed + failed + parked >= expected
