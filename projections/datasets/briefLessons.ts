import type { Round } from "../../events/shapes.ts"
import { verdictOf } from "../../method/assess.ts"
import { briefJudgement, briefJudgePrompt, briefRefinement, briefRefinerPrompt } from "../../method/briefPrompts.ts"
import { type AssessedRound, type AssessedTrajectory, scoreEventIds } from "../history/assessment.ts"
import { refinementsOf } from "../history/refinements.ts"
import { type AssessedQuestion, placeOf } from "./assessed.ts"
import type { DemonstrationRow } from "./rows.ts"

/** The scorer whose judging is taught. */
const teacher = "usefulness"

/**
 * Brief prompts with the scores and the refined queries that a teacher gave, whoever it was: a rule, a model, or a person who
 * corrected either. Round by round first the judgement and then the refinements of a trajectory's own queries.
 */
export const briefLessons = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  task: "score" | "refine" | "both"
): ReadonlyArray<DemonstrationRow> =>
  candidate.rounds
    .filter(({ round }) => round.kind === "issued")
    .flatMap((round) => [
      ...(task === "refine" ? [] : judgementOf(assessed, candidate, round)),
      ...(task === "score" ? [] : refinedQueriesOf(assessed, candidate, round.round))
    ])

const judgementOf = (
  assessed: AssessedQuestion,
  { question, trajectory }: AssessedTrajectory,
  { round, scores }: AssessedRound
): ReadonlyArray<DemonstrationRow> => {
  const verdict = verdictOf(teacher, scores.get(teacher), assessed.rules)
  if (verdict !== "high" && verdict !== "low") return []
  const events = scoreEventIds(assessed.question, round.queryId, [teacher])
  const transcript = trajectory.transcript.slice(0, round.resultEnd)
  return [
    {
      ...lesson(assessed, trajectory.trajectoryId, round, events),
      prompt: { system: "", user: briefJudgePrompt({ ...question, transcript }) },
      target: whole(briefJudgement(verdict === "high" ? 1 : 0))
    }
  ]
}

const refinedQueriesOf = (
  assessed: AssessedQuestion,
  { question: { question }, trajectory: { trajectoryId, transcript } }: AssessedTrajectory,
  round: Round
): ReadonlyArray<DemonstrationRow> =>
  refinementsOf(assessed.question, round.queryId).map(({ eventId, refined }) => ({
    ...lesson(assessed, trajectoryId, round, [eventId]),
    prompt: { system: "", user: briefRefinerPrompt({ question, transcript, queryEnd: round.queryEnd }) },
    target: whole(briefRefinement(refined))
  }))

/** The last event is the one that says what is taught. */
const lesson = (
  assessed: AssessedQuestion,
  trajectoryId: string,
  { queryId }: Round,
  events: ReadonlyArray<string>
): Pick<DemonstrationRow, "id" | "place" | "lineage"> => ({
  id: `student-${events.at(-1)}`,
  place: placeOf(assessed),
  lineage: { trajectories: [trajectoryId], queries: [queryId], events }
})

const whole = (text: string): DemonstrationRow["target"] => ({ text, loss: [{ start: 0, end: text.length }] })
