import type { EventOf } from "../../events/envelope.ts"
import { branchTrajectoryId } from "../../events/ids.ts"
import { parseCombination } from "../../method/combination.ts"
import { causeOf } from "../processManager.ts"
import { type MonitoredRun, type MonitorState, newRun } from "./state.ts"
import { isBehind, type Phase, standingOf, type Trajectory } from "./trajectories.ts"

export type MonitorInput = EventOf<
  | "RunStarted"
  | "RunCompleted"
  | "RunFailed"
  | "TrajectoryCompleted"
  | "TrajectoryFailed"
  | "TrajectoryAssessed"
  | "QueryScored"
  | "QueryRefined"
  | "RefinementFailed"
  | "MessageParked"
>

/** Folds one event into the state, in place. */
export const evolve = (state: MonitorState, event: MonitorInput): MonitorState => {
  const run = state.get(event.runid) ?? newRun()
  state.set(event.runid, run)
  switch (event.type) {
    case "RunStarted":
      run.started ??= { cause: causeOf(event), rollouts: event.data.rollouts, required: requiredScorers(event) }
      break
    case "RunCompleted":
    case "RunFailed":
      run.ended = true
      break
    case "TrajectoryCompleted":
      complete(run, event)
      break
    case "TrajectoryFailed":
      advance(run, event.data.trajectoryId, "failed")
      break
    case "TrajectoryAssessed":
      settle(run, event)
      break
    case "QueryScored":
      scoreArrived(run, event)
      break
    case "QueryRefined":
      advance(run, event.data.branchTrajectoryId, "running")
      break
    case "RefinementFailed":
      advance(run, branchTrajectoryId(event.data.trajectoryId, event.data.round), "refused")
      break
    case "MessageParked":
      park(run, event)
      break
  }
  return state
}

const requiredScorers = ({ data }: EventOf<"RunStarted">): ReadonlyArray<string> => {
  const parsed = parseCombination(data.scoring.combine)
  return parsed.ok ? parsed.combination.scorers : []
}

/** A trajectory's record; one that was not known is taken to be in `phase`. */
const recordOf = (run: MonitoredRun, trajectoryId: string, phase: Phase): Trajectory => {
  const known = run.trajectories.get(trajectoryId)
  if (known !== undefined) return known
  const created: Trajectory = { phase, missingScores: 0, branches: [] }
  run.trajectories.set(trajectoryId, created)
  run.standings[standingOf(created)]++
  return created
}

/** Changes a trajectory and keeps the counts of standings right. */
const change = (run: MonitoredRun, trajectory: Trajectory, changes: Partial<Trajectory>): void => {
  run.standings[standingOf(trajectory)]--
  Object.assign(trajectory, changes)
  run.standings[standingOf(trajectory)]++
}

const advance = (run: MonitoredRun, trajectoryId: string, phase: Phase): void => {
  const trajectory = recordOf(run, trajectoryId, phase)
  if (isBehind(trajectory.phase, phase)) change(run, trajectory, { phase })
}

const complete = (run: MonitoredRun, { data }: EventOf<"TrajectoryCompleted">): void => {
  const known = run.trajectories.get(data.trajectoryId)
  if (known !== undefined && !isBehind(known.phase, "completed")) return
  run.completed++
  run.queries += data.rounds.filter(({ kind }) => kind === "issued").length
  advance(run, data.trajectoryId, "completed")
}

const settle = (run: MonitoredRun, { data }: EventOf<"TrajectoryAssessed">): void => {
  if (run.trajectories.get(data.trajectoryId)?.phase === "assessed") return
  advance(run, data.trajectoryId, "assessed")
  const branches = data.refine.map((round) => branchTrajectoryId(data.trajectoryId, round))
  recordOf(run, data.trajectoryId, "assessed").branches = branches
  for (const branch of branches) {
    run.branches.add(branch)
    advance(run, branch, "refining")
  }
}

const scoreKey = (scorer: string, queryId: string): string => `${scorer} ${queryId}`

/** The scorer that an actor speaks for; an added scorer's actor has its name. */
const scorerOf = (actor: string): string =>
  actor === "redundancy-checker" ? "novelty" : actor === "reward-judge" ? "usefulness" : actor

/** A parked message holds up what its actor would have done with it; who has no part in settling a run holds up nothing. */
const park = (run: MonitoredRun, event: EventOf<"MessageParked">): void => {
  if (run.parkings.has(event.id)) return
  run.parkings.add(event.id)
  const { actor, sequence } = event.data
  // An unreadable message names no trajectory, but it still is the one that some trajectory stops at.
  const trajectoryId = event.data.trajectoryId ?? `unreadable-${sequence}`
  const scorer = scorerOf(actor)
  if (actor === "agent-rollout" || actor === "retrieval") {
    advance(run, trajectoryId, "stuck")
  } else if (actor === "refiner") {
    for (const branch of run.trajectories.get(trajectoryId)?.branches ?? []) advance(run, branch, "shelved")
  } else if (run.started?.required.includes(scorer)) {
    scoreParked(run, scoreKey(scorer, event.subject), trajectoryId)
  }
}

const scoreParked = (run: MonitoredRun, key: string, trajectoryId: string): void => {
  if (run.parkedScores.has(key)) return
  run.parkedScores.set(key, trajectoryId)
  const trajectory = recordOf(run, trajectoryId, "running")
  change(run, trajectory, { missingScores: trajectory.missingScores + 1 })
}

/** A parked message that was handled after all holds up nothing any more. */
const scoreArrived = (run: MonitoredRun, { data }: EventOf<"QueryScored">): void => {
  const key = scoreKey(data.scorer.name, data.queryId)
  const trajectoryId = run.parkedScores.get(key)
  if (trajectoryId === undefined) return
  run.parkedScores.delete(key)
  const trajectory = recordOf(run, trajectoryId, "running")
  change(run, trajectory, { missingScores: trajectory.missingScores - 1 })
}
