import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import type { RolloutSettings } from "../../events/shapes.ts"
import { checkFormat } from "../../method/answer.ts"
import { hasBrokenTag } from "../../method/protocol.ts"
import type { Form, History, QuestionHistory, Refinement, ScorerRecord } from "./history.ts"

/** What {@link evolveHistory} looks at; it takes every other event as no event. */
export const historyEvents = [
  "RunStarted",
  "TrajectoryCompleted",
  "TrajectoryFailed",
  "QueryScored",
  "ScoreOverridden",
  "QueryRefined",
  "RefinementFailed"
] as const satisfies ReadonlyArray<EventType>

/** Of those, what every part of a divided log needs. */
export const sharedHistoryEvents = ["RunStarted"] as const satisfies ReadonlyArray<EventType>

/**
 * Folds one event into the history, in place.
 *
 * The first event wins for everything but corrections, where the last one does; an event seen before changes nothing.
 * So the history depends on the log's order only where two events contradict each other.
 */
export const evolveHistory = (history: History, event: AnyEvent): History => {
  switch (event.type) {
    case "RunStarted":
      if (!history.runs.has(event.runid)) {
        history.runs.set(event.runid, { runId: event.runid, eventId: event.id, started: event.data })
      }
      break
    case "TrajectoryCompleted":
      addTrajectory(history, event)
      break
    case "TrajectoryFailed":
      addFailure(history, event)
      break
    case "QueryScored":
      addScore(history, event)
      break
    case "ScoreOverridden":
      addOverride(history, event)
      break
    case "QueryRefined":
    case "RefinementFailed":
      addRefinement(history, event)
      break
  }
  return history
}

/** Folds events into one history, first to last. */
export const foldHistory = (history: History, events: Iterable<AnyEvent>): History => {
  for (const event of events) evolveHistory(history, event)
  return history
}

const questionOf = (history: History, event: AnyEvent): QuestionHistory => {
  const known = history.questions.get(event.correlationid)
  if (known !== undefined) return known
  const created: QuestionHistory = {
    correlationId: event.correlationid,
    runId: event.runid,
    question: undefined,
    trajectories: new Map(),
    failures: new Map(),
    scores: new Map(),
    refinements: new Map()
  }
  history.questions.set(event.correlationid, created)
  return created
}

const addTrajectory = (history: History, event: EventOf<"TrajectoryCompleted">): void => {
  const question = questionOf(history, event)
  if (question.trajectories.has(event.data.trajectoryId)) return
  const { question: asked, settings, ...trajectory } = event.data
  question.question ??= asked
  question.trajectories.set(trajectory.trajectoryId, {
    ...trajectory,
    settings: shared(history, settings),
    eventId: event.id,
    form: formOf(trajectory.transcript)
  })
}

const formOf = (transcript: string): Form => ({
  format: checkFormat(transcript),
  brokenTag: hasBrokenTag(transcript)
})

const shared = (history: History, settings: RolloutSettings): RolloutSettings => {
  const key = JSON.stringify(settings)
  const known = history.settings.get(key)
  if (known !== undefined) return known
  history.settings.set(key, settings)
  return settings
}

const addFailure = (history: History, event: EventOf<"TrajectoryFailed">): void => {
  const question = questionOf(history, event)
  if (question.failures.has(event.data.trajectoryId)) return
  const { question: asked, settings: _, transcript: _text, rounds: _rounds, turns: _turns, ...failure } = event.data
  question.question ??= asked
  question.failures.set(failure.trajectoryId, { ...failure, eventId: event.id })
}

const recordOf = (question: QuestionHistory, queryId: string, scorer: string): ScorerRecord => {
  let byScorer = question.scores.get(queryId)
  if (byScorer === undefined) {
    byScorer = new Map()
    question.scores.set(queryId, byScorer)
  }
  let record = byScorer.get(scorer)
  if (record === undefined) {
    record = { score: undefined, overrides: [] }
    byScorer.set(scorer, record)
  }
  return record
}

const addScore = (history: History, event: EventOf<"QueryScored">): void => {
  const { queryId, scorer, result, explanation, evidence } = event.data
  const record = recordOf(questionOf(history, event), queryId, scorer.name)
  record.score ??= { eventId: event.id, scorer, result, explanation, overlap: evidence.overlap?.length }
}

const addOverride = (history: History, event: EventOf<"ScoreOverridden">): void => {
  const { queryId, scorer, score, reason, by } = event.data
  const { overrides } = recordOf(questionOf(history, event), queryId, scorer)
  if (overrides.some(({ eventId }) => eventId === event.id)) return
  overrides.push({ eventId: event.id, score, reason, by })
}

const addRefinement = (history: History, event: EventOf<"QueryRefined"> | EventOf<"RefinementFailed">): void => {
  const { refinements } = questionOf(history, event)
  if (refinements.has(event.id)) return
  const { trajectoryId, round, queryId, original, feedback, refiner } = event.data
  const refined = { eventId: event.id, trajectoryId, round, queryId, original, feedback, refiner }
  refinements.set(event.id, { ...refined, outcome: outcomeOf(event) })
}

const outcomeOf = (event: EventOf<"QueryRefined"> | EventOf<"RefinementFailed">): Refinement["outcome"] =>
  event.type === "QueryRefined"
    ? { kind: "refined", query: event.data.refined, branchTrajectoryId: event.data.branchTrajectoryId }
    : { kind: "failed", reason: event.data.reason }
