import type { ScoringRules } from "../../method/assess.ts"
import { type AssessedRound, assessTrajectory } from "../history/assessment.ts"
import { evolveHistory, historyEvents, sharedHistoryEvents } from "../history/fold.ts"
import { emptyHistory, type FailedTrajectory, type History, type Trajectory } from "../history/history.ts"
import { compareCanonical } from "../history/order.ts"
import { rulesOfRun } from "../history/rules.ts"
import { type AskedQuestion, keyOf, questionsOf } from "../history/trees.ts"
import type { Projection } from "../projection.ts"
import { objectorsOf } from "./objectors.ts"
import type { BranchPoint, CompletedRow, EvaluationRow, FailedRow, RoundRow } from "./row.ts"
import { evolveSpendings, type Spendings, usageOf } from "./usage.ts"

export interface EvaluationState {
  readonly history: History
  readonly spendings: Spendings
}

export interface EvaluationConfig {
  /** Only this run; every run of the log when absent. */
  readonly runId?: string
  /**
   * Rules to try on the stored scores, instead of each run's own. A run whose own rules the log does not tell, or not so
   * that this release can read them, is evaluated by the paper's.
   */
  readonly rules?: ScoringRules
}

/**
 * How well the trajectories of a log answer and search (paper, section on evaluation metrics): one row for each that ended.
 * Answers, formats and query qualities are worked out anew from what is stored, so that the rules can be changed afterwards;
 * `evaluate` makes the figures of the rows.
 */
export const evaluation: Projection<EvaluationState, EvaluationConfig, EvaluationRow> = {
  name: "evaluation",
  version: 1,
  consumes: historyEvents,
  shared: sharedHistoryEvents,
  init: () => ({ history: emptyHistory(), spendings: new Map() }),
  evolve: (state, event) => {
    evolveHistory(state.history, event)
    evolveSpendings(state.spendings, event)
    return state
  },
  rows: ({ history, spendings }, { runId, rules }) =>
    questionsOf(history)
      .filter((question) => runId === undefined || question.runId === runId)
      .flatMap((question) => rowsOf(question, rules ?? rulesOfRun(history, question.runId), spendings))
}

/** The rows of one question in canonical order. A trajectory that failed and completed after all did complete. */
const rowsOf = (question: AskedQuestion, rules: ScoringRules, spendings: Spendings): ReadonlyArray<EvaluationRow> =>
  [
    ...[...question.trajectories.values()].map((trajectory) => completedRow(question, trajectory, rules, spendings)),
    ...[...question.failures.values()]
      .filter(({ trajectoryId }) => !question.trajectories.has(trajectoryId))
      .map((failure) => failedRow(question, failure))
  ].sort(compareCanonical)

const identityOf = (question: AskedQuestion, trajectory: Trajectory | FailedTrajectory) => ({
  ...keyOf(question, trajectory),
  rootId: trajectory.rootId,
  question: question.question.question,
  goldenAnswers: question.question.goldenAnswers
})

const failedRow = (question: AskedQuestion, failure: FailedTrajectory): FailedRow => ({
  kind: "failed",
  ...identityOf(question, failure),
  reason: failure.reason,
  detail: failure.detail
})

const completedRow = (
  question: AskedQuestion,
  trajectory: Trajectory,
  rules: ScoringRules,
  spendings: Spendings
): CompletedRow => {
  const { answer, correct, format, reward, rounds } = assessTrajectory(question, trajectory, rules)
  const parent = branchPoint(question, trajectory)
  return {
    kind: "completed",
    ...identityOf(question, trajectory),
    prediction: trajectory.answer,
    ...answer,
    correct,
    formatOk: format.ok,
    reward,
    searches: trajectory.rounds.length,
    rounds: rounds.map((round) => roundRow(round, rules)),
    usage: usageOf(trajectory, spendings),
    ...(parent === undefined ? {} : { parent })
  }
}

const roundRow = ({ round, scores, quality, feedback }: AssessedRound, rules: ScoringRules): RoundRow => ({
  round: round.round,
  queryId: round.queryId,
  query: round.query,
  kind: round.kind === "inherited" ? "inherited" : "issued",
  quality,
  objectors: quality === "low" ? objectorsOf(scores, rules) : [],
  feedback
})

const branchPoint = (question: AskedQuestion, { origin }: Trajectory): BranchPoint | undefined => {
  if (origin === undefined) return undefined
  const { trajectoryId, round, refinementId } = origin
  const told = question.refinements.get(refinementId)
  if (told === undefined || told.outcome.kind === "failed") return { trajectoryId, round }
  const { eventId, queryId, original, feedback, refiner, outcome } = told
  return {
    trajectoryId,
    round,
    refinement: { eventId, queryId, original, refined: outcome.query, feedback, refiner }
  }
}
