import type { EventOf } from "../../../events/envelope.ts"
import type { ScoreResult } from "../../../events/score.ts"
import type { AssessmentDetails, ScoreDetails } from "../details.ts"
import { capitalized, counted, nameOf, roundOf, type TellingContext, type Told } from "./context.ts"

export const queryScored = (event: EventOf<"QueryScored">, context: TellingContext): Told<ScoreDetails> => {
  const { trajectoryId, round, queryId, query, scorer, result, explanation, evidence } = event.data
  const counts = context.counting.has(event.id)
  return {
    headline: `${roundOf(event.data, context)} ${scorer.name} ${resultText(result)}${counts ? "" : "; an earlier score of it counts"}`,
    details: { trajectoryId, round, queryId, query, scorer, result, explanation, evidence, counts }
  }
}

const resultText = (result: ScoreResult): string =>
  result.kind === "value" ? `is ${result.score}` : "could not be read"

export const scoreOverridden = ({ data }: EventOf<"ScoreOverridden">, context: TellingContext) => ({
  headline: `${roundOf(data, context)} ${data.by} sets ${data.scorer} to ${data.score}`,
  details: data
})

export const outcomeScored = ({ data }: EventOf<"OutcomeScored">, context: TellingContext) => ({
  headline: `${capitalized(nameOf(data.trajectoryId, context))} has F1 ${data.f1.toFixed(2)}, EM ${data.em}; its format is ${data.formatOk ? "right" : "wrong"}`,
  details: data
})

export const trajectoryAssessed = (
  { data }: EventOf<"TrajectoryAssessed">,
  context: TellingContext
): Told<AssessmentDetails> => {
  const { trajectoryId, assessments, f1, correct, nCorrect, nWrong, reward, refine } = data
  const worth = `${correct ? "correct" : "incorrect"}, ${nCorrect} of ${counted(assessments.length, "query", "queries")} of high quality, reward ${reward}`
  return {
    headline: `${capitalized(nameOf(trajectoryId, context))} is ${worth}${aboutSubject(data, context)}`,
    details: { trajectoryId, assessments, f1, correct, nCorrect, nWrong, reward, refine }
  }
}

/** What an assessment says about the query that the story is about. */
const aboutSubject = (
  { assessments, refine }: EventOf<"TrajectoryAssessed">["data"],
  { subject }: TellingContext
): string => {
  if (subject.kind === "trajectory") {
    return refine.length === 0 ? "" : `; to refine: ${counted(refine.length, "round")} (${refine.join(", ")})`
  }
  const own = assessments.find(({ queryId }) => queryId === subject.queryId)
  return own === undefined ? "" : `; this query: ${quality[own.quality]}`
}

const quality = { high: "high quality", low: "low quality", unparsed: "quality unknown" } as const
