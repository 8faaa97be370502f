import { Result } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import type { ScoringRules } from "../../method/assess.ts"
import { type AssessedTrajectory, assessTrajectory, evidenceOf } from "../history/assessment.ts"
import type { History } from "../history/history.ts"
import type { CanonicalKey } from "../history/order.ts"
import { scoringRules } from "../history/rules.ts"
import { type AskedQuestion, keyOf, questionsOf, trajectoriesOf } from "../history/trees.ts"
import type { DatasetRow, Lineage } from "./dataset.ts"

/** A question with all its completed trajectories assessed, in canonical order. */
export interface AssessedQuestion {
  readonly question: AskedQuestion
  readonly trajectories: ReadonlyArray<AssessedTrajectory>
  readonly rules: ScoringRules
}

/** The questions of a history in canonical order, one assessed after the other as they are asked for. */
export const assessedQuestions = function* (history: History, settings: ScoringSettings): Iterable<AssessedQuestion> {
  const rules = Result.getOrThrow(scoringRules(settings))
  for (const question of questionsOf(history)) {
    const trajectories = trajectoriesOf(question).map((trajectory) => assessTrajectory(question, trajectory, rules))
    yield { question, rules, trajectories }
  }
}

export const keyIn = ({ question }: AssessedQuestion, { trajectory }: AssessedTrajectory): CanonicalKey =>
  keyOf(question, trajectory)

export const placeOf = ({ question }: AssessedQuestion): DatasetRow["place"] => ({
  dataset: question.question.dataset,
  questionId: question.question.id,
  runId: question.runId
})

/** What a trajectory and its assessment came from. */
export const lineageOf = (assessed: AssessedQuestion, { trajectory, rounds }: AssessedTrajectory): Lineage => ({
  trajectories: [trajectory.trajectoryId],
  queries: rounds.map(({ round }) => round.queryId),
  events: evidenceOf(assessed.question, trajectory, assessed.rules)
})
