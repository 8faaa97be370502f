import type { Cause } from "../processManager.ts"
import type { Standing, Trajectory } from "./trajectories.ts"

/** What the monitor knows of one run. */
export interface MonitoredRun {
  /** Known as soon as the run's start was seen. */
  started: { readonly cause: Cause; readonly rollouts: number; readonly required: ReadonlyArray<string> } | undefined
  /** By id: branches from their announcement on, initial trajectories from the first event that tells how they fare. */
  readonly trajectories: Map<string, Trajectory>
  /** How many of them stand how. */
  readonly standings: Record<Standing, number>
  readonly branches: Set<string>
  completed: number
  queries: number
  /** Scores that wait in the dead letters: scorer and query, and the trajectory that lacks them. */
  readonly parkedScores: Map<string, string>
  /** Ids of the `MessageParked` events seen. */
  readonly parkings: Set<string>
  ended: boolean
}

/** By run id. */
export type MonitorState = Map<string, MonitoredRun>

export const init = (): MonitorState => new Map()

export const newRun = (): MonitoredRun => ({
  started: undefined,
  trajectories: new Map(),
  standings: { open: 0, assessed: 0, failed: 0, parked: 0, refused: 0 },
  branches: new Set(),
  completed: 0,
  queries: 0,
  parkedScores: new Map(),
  parkings: new Set(),
  ended: false
})
