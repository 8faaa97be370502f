import { contextOf, identityOf } from "../../events/context.ts"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import type { Round } from "../../events/shapes.ts"
import type { FormatCheck } from "../../method/answer.ts"
import type { AnswerScore } from "../../method/answerScore.ts"
import type { Assessment } from "../../method/assess.ts"
import type { RunRules } from "./rules.ts"
import type { RecordedScore } from "./state.ts"

/** A round with everything that its quality rests on. */
export interface ScoredRound {
  readonly round: Round
  /** By scorer name: one for each required scorer. */
  readonly scores: ReadonlyMap<string, RecordedScore>
}

/** What the answer and the format of a trajectory are worth. */
export const outcomeScored = (
  { data }: EventOf<"TrajectoryCompleted">,
  score: AnswerScore,
  format: FormatCheck
): NewEvent => ({
  type: "OutcomeScored",
  subject: data.trajectoryId,
  data: {
    ...identityOf(data),
    prediction: data.answer,
    goldenAnswers: data.question.goldenAnswers,
    ...score,
    formatOk: format.ok,
    ...(format.problem === undefined ? {} : { formatProblem: format.problem })
  }
})

/** What each query of a trajectory is worth, and the trajectory with them. */
export const trajectoryAssessed = (
  { data }: EventOf<"TrajectoryCompleted">,
  scored: ReadonlyArray<ScoredRound>,
  assessment: Assessment,
  { f1 }: AnswerScore,
  { refinement }: RunRules
): NewEvent => {
  const assessments = scored.map(({ round, scores }, i) => {
    const { quality, feedback } = assessment.rounds[i] ?? { quality: "unscored", feedback: "" }
    return {
      round: round.round,
      queryId: round.queryId,
      // Every required score is there, so no quality is left open.
      quality: quality === "unscored" ? ("unparsed" as const) : quality,
      feedback,
      scoreIds: [...scores.values()].map(({ eventId }) => eventId)
    }
  })
  const mayBranch = refinement.enabled && data.branch.length < refinement.maxDepth
  const low = scored.filter(({ round }, i) => round.kind === "issued" && assessments[i]?.quality === "low")
  return {
    type: "TrajectoryAssessed",
    subject: data.trajectoryId,
    data: {
      ...contextOf(data),
      transcript: data.transcript,
      rounds: data.rounds,
      turns: data.turns,
      assessments,
      f1,
      correct: assessment.correct,
      nCorrect: assessment.nCorrect,
      nWrong: assessment.nWrong,
      reward: assessment.reward,
      refine: mayBranch ? low.slice(0, refinement.maxBranches).map(({ round }) => round.round) : []
    }
  }
}
