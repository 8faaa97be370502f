import type { Question, Round } from "../../events/shapes.ts"
import type { FormatCheck } from "../../method/answer.ts"
import { type AnswerScore, scoreAnswer } from "../../method/answerScore.ts"
import {
  type Assessment,
  assess,
  type RoundAssessment,
  type ScoreOfRound,
  type ScoringRules
} from "../../method/assess.ts"
import type { QuestionHistory, ScorerRecord, Trajectory } from "./history.ts"
import { compareText } from "./order.ts"
import { type AskedQuestion, ancestorsOf } from "./trees.ts"

/** A round that the policy is answerable for, with what was said about it. */
export interface AssessedRound extends RoundAssessment {
  readonly round: Round
  /** What counts of each scorer: its first score, or the last correction of it. */
  readonly scores: ReadonlyMap<string, ScoreOfRound>
}

/** A completed trajectory and what it is worth under some rules. */
export interface AssessedTrajectory extends Omit<Assessment, "rounds"> {
  readonly question: Question
  readonly trajectory: Trajectory
  readonly answer: AnswerScore
  readonly format: FormatCheck
  /** All but the rounds that a prefix from outside brought along. */
  readonly rounds: ReadonlyArray<AssessedRound>
}

/**
 * Assesses a trajectory from its stored scores alone: no model is called, so any rules can be tried on old scores.
 */
export const assessTrajectory = (
  question: AskedQuestion,
  trajectory: Trajectory,
  rules: ScoringRules
): AssessedTrajectory => {
  const answer = scoreAnswer(trajectory.answer, question.question.goldenAnswers)
  const { brokenTag, format } = trajectory.form
  const answerable = trajectory.rounds.filter(({ kind }) => kind !== "given")
  const scores = answerable.map(({ queryId }) => scoresOf(question, queryId))
  const { rounds, ...verdict } = assess(
    {
      rounds: scores.map((byScorer) => ({ scores: byScorer })),
      answer,
      formatOk: format.ok,
      brokenTag
    },
    rules
  )
  return {
    ...verdict,
    question: question.question,
    trajectory,
    answer,
    format,
    rounds: answerable.flatMap((round, i) => {
      const assessed = rounds[i]
      return assessed === undefined ? [] : [{ ...assessed, round, scores: scores[i] ?? new Map() }]
    })
  }
}

/** What counts of every scorer for a query, corrections included. */
export const scoresOf = (question: QuestionHistory, queryId: string): ReadonlyMap<string, ScoreOfRound> => {
  const scores = new Map<string, ScoreOfRound>()
  for (const [scorer, record] of question.scores.get(queryId) ?? []) {
    const score = scoreThatCounts(record)
    if (score !== undefined) scores.set(scorer, score)
  }
  return scores
}

/**
 * A person's last correction, else the scorer's first score. A correction stands on its own: no rule derives it anew.
 */
export const scoreThatCounts = ({ score, overrides }: ScorerRecord): ScoreOfRound | undefined => {
  const correction = overrides.at(-1)
  if (correction !== undefined) return { kind: "value", value: correction.score, explanation: correction.reason }
  if (score === undefined) return undefined
  if (score.result.kind === "unparsed") return { kind: "unparsed", explanation: score.explanation }
  return {
    kind: "value",
    value: score.result.score,
    explanation: score.explanation,
    ...(score.overlap === undefined ? {} : { overlap: score.overlap })
  }
}

/** Ids of the score and correction events that count for a query, of the named scorers, by scorer name. */
export const scoreEventIds = (
  question: QuestionHistory,
  queryId: string,
  scorers: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const records = question.scores.get(queryId)
  return [...scorers].sort(compareText).flatMap((scorer) => {
    const record = records?.get(scorer)
    const ids = [record?.score?.eventId, record?.overrides.at(-1)?.eventId]
    return ids.filter((id) => id !== undefined)
  })
}

/**
 * Ids of the events that a trajectory and its assessment rest on: its completion, the refinements it grew from (its own
 * first, then its ancestors'), and round by round the scores that count.
 */
export const evidenceOf = (
  question: QuestionHistory,
  trajectory: Trajectory,
  rules: ScoringRules
): ReadonlyArray<string> => {
  const refinements = [trajectory, ...ancestorsOf(question, trajectory)].flatMap(({ origin }) =>
    origin === undefined ? [] : [origin.refinementId]
  )
  const scores = trajectory.rounds
    .filter(({ kind }) => kind !== "given")
    .flatMap(({ queryId }) => scoreEventIds(question, queryId, rules.combination.scorers))
  return [trajectory.eventId, ...refinements, ...scores]
}
