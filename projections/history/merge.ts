import { emptyHistory, type History, type QuestionHistory, type ScorerRecord } from "./history.ts"

/**
 * Takes what a later stretch of the log folded to into the history of all before it, in place: the same as folding that
 * stretch's events into it. The later history is used up.
 */
export const mergeInto = (history: History, later: History): History => {
  addMissing(history.runs, later.runs)
  addMissing(history.settings, later.settings)
  for (const [correlationId, question] of later.questions) {
    const known = history.questions.get(correlationId)
    if (known === undefined) history.questions.set(correlationId, question)
    else mergeQuestion(known, question)
  }
  return history
}

/** Puts together the histories of a divided log, in the log's order where they tell of the same questions. */
export const mergeHistories = (parts: Iterable<History>): History => {
  const merged = emptyHistory()
  for (const part of parts) mergeInto(merged, part)
  return merged
}

const mergeQuestion = (known: QuestionHistory, later: QuestionHistory): void => {
  known.question ??= later.question
  addMissing(known.trajectories, later.trajectories)
  addMissing(known.failures, later.failures)
  addMissing(known.refinements, later.refinements)
  for (const [queryId, byScorer] of later.scores) {
    const scores = known.scores.get(queryId)
    if (scores === undefined) known.scores.set(queryId, byScorer)
    else mergeScores(scores, byScorer)
  }
}

const mergeScores = (known: Map<string, ScorerRecord>, later: ReadonlyMap<string, ScorerRecord>): void => {
  for (const [scorer, record] of later) {
    const earlier = known.get(scorer)
    if (earlier === undefined) {
      known.set(scorer, record)
      continue
    }
    earlier.score ??= record.score
    const seen = new Set(earlier.overrides.map(({ eventId }) => eventId))
    earlier.overrides.push(...record.overrides.filter(({ eventId }) => !seen.has(eventId)))
  }
}

const addMissing = <Value>(into: Map<string, Value>, from: ReadonlyMap<string, Value>): void => {
  for (const [key, value] of from) if (!into.has(key)) into.set(key, value)
}
