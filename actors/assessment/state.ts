import type { EventOf } from "../../events/envelope.ts"
import type { ScoreOfRound } from "../../method/assess.ts"
import { type RunRules, runRules } from "./rules.ts"

/** A score with the event that brought it. */
export interface RecordedScore {
  readonly eventId: string
  readonly score: ScoreOfRound
}

/** What is known of one query, by scorer name: each scorer's first score, and the last correction of it. */
interface QueryRecord {
  readonly first: Map<string, RecordedScore>
  readonly corrected: Map<string, RecordedScore>
}

/** What the assessment remembers. It forgets a trajectory's text as soon as its assessment lies in the log. */
export interface AssessmentState {
  readonly runs: Map<string, RunRules>
  /** Completed trajectories that are not assessed yet, by trajectory id. */
  readonly waiting: Map<string, EventOf<"TrajectoryCompleted">>
  /** Which of them hold a query, by query id. */
  readonly waitingFor: Map<string, Set<string>>
  readonly records: Map<string, QueryRecord>
  /** Ids of the trajectories that are done. */
  readonly assessed: Set<string>
}

export const init = (): AssessmentState => ({
  runs: new Map(),
  waiting: new Map(),
  waitingFor: new Map(),
  records: new Map(),
  assessed: new Set()
})

export type AssessmentInput = EventOf<
  "RunStarted" | "TrajectoryCompleted" | "QueryScored" | "ScoreOverridden" | "TrajectoryAssessed"
>

/** Folds one event into the state, in place. The first event wins, but for corrections, where the last one does. */
export const evolve = (state: AssessmentState, event: AssessmentInput): AssessmentState => {
  switch (event.type) {
    case "RunStarted":
      addRun(state, event)
      break
    case "TrajectoryCompleted":
      addCompleted(state, event)
      break
    case "QueryScored":
      addScore(state, event)
      break
    case "ScoreOverridden":
      addCorrection(state, event)
      break
    case "TrajectoryAssessed":
      forget(state, event)
      break
  }
  return state
}

/** The score of a query that counts; undefined while there is none. */
export const scoreOf = (state: AssessmentState, queryId: string, scorer: string): RecordedScore | undefined => {
  const record = state.records.get(queryId)
  return record?.corrected.get(scorer) ?? record?.first.get(scorer)
}

const addRun = (state: AssessmentState, { runid, data }: EventOf<"RunStarted">): void => {
  const rules = runRules(data.scoring, data.refinement)
  if (rules !== undefined && !state.runs.has(runid)) state.runs.set(runid, rules)
}

const addCompleted = (state: AssessmentState, event: EventOf<"TrajectoryCompleted">): void => {
  const { trajectoryId, rounds } = event.data
  if (state.assessed.has(trajectoryId) || state.waiting.has(trajectoryId)) return
  state.waiting.set(trajectoryId, event)
  for (const { queryId } of rounds) {
    state.waitingFor.set(queryId, (state.waitingFor.get(queryId) ?? new Set()).add(trajectoryId))
  }
}

const addScore = (state: AssessmentState, event: EventOf<"QueryScored">): void => {
  const { queryId, trajectoryId, scorer, result, explanation, evidence } = event.data
  const required = state.runs.get(event.runid)?.scoring.combination.scorers
  if (required !== undefined && !required.includes(scorer.name)) return
  const record = recordOf(state, queryId, trajectoryId)
  if (record === undefined || record.first.has(scorer.name)) return
  const score: ScoreOfRound =
    result.kind === "unparsed"
      ? { kind: "unparsed", explanation }
      : {
          kind: "value",
          value: result.score,
          explanation,
          ...(evidence.overlap === undefined ? {} : { overlap: evidence.overlap.length })
        }
  record.first.set(scorer.name, { eventId: event.id, score })
}

const addCorrection = (state: AssessmentState, event: EventOf<"ScoreOverridden">): void => {
  const { queryId, trajectoryId, scorer, score, reason } = event.data
  const record = recordOf(state, queryId, trajectoryId)
  record?.corrected.set(scorer, { eventId: event.id, score: { kind: "value", value: score, explanation: reason } })
}

/** The record of a query; undefined when it was forgotten, since then nobody will ask for it again. */
const recordOf = (state: AssessmentState, queryId: string, trajectoryId: string): QueryRecord | undefined => {
  const known = state.records.get(queryId)
  if (known !== undefined || state.assessed.has(trajectoryId)) return known
  const created: QueryRecord = { first: new Map(), corrected: new Map() }
  state.records.set(queryId, created)
  return created
}

/** Only the queries before a refined one can still be asked for: a branch inherits them with their scores. */
const forget = (state: AssessmentState, { data }: EventOf<"TrajectoryAssessed">): void => {
  state.assessed.add(data.trajectoryId)
  state.waiting.delete(data.trajectoryId)
  const lastCut = Math.max(0, ...data.refine)
  for (const { round, queryId, kind } of data.rounds) {
    const waiting = state.waitingFor.get(queryId)
    waiting?.delete(data.trajectoryId)
    if (waiting?.size === 0) state.waitingFor.delete(queryId)
    if (kind === "issued" && round >= lastCut) state.records.delete(queryId)
  }
}
