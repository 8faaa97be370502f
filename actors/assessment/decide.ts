import type { EventOf } from "../../events/envelope.ts"
import { checkFormat } from "../../method/answer.ts"
import { scoreAnswer } from "../../method/answerScore.ts"
import { assess } from "../../method/assess.ts"
import { hasBrokenTag } from "../../method/protocol.ts"
import { causeOf, type Decision } from "../processManager.ts"
import type { RunRules } from "./rules.ts"
import { type AssessmentInput, type AssessmentState, type RecordedScore, scoreOf } from "./state.ts"
import { outcomeScored, type ScoredRound, trajectoryAssessed } from "./verdicts.ts"

/** The assessments that are due now that an event has been folded in. */
export const decide = (state: AssessmentState, event: AssessmentInput): ReadonlyArray<Decision> =>
  concerned(state, event).flatMap((trajectoryId) => {
    const completed = state.waiting.get(trajectoryId)
    if (completed === undefined) return []
    const rules = state.runs.get(completed.runid)
    return rules === undefined ? [] : assessmentOf(state, completed, rules)
  })

/** The waiting trajectories that an event may have brought the last missing piece of. */
const concerned = (state: AssessmentState, event: AssessmentInput): ReadonlyArray<string> => {
  switch (event.type) {
    case "RunStarted":
      return [...state.waiting].filter(([, { runid }]) => runid === event.runid).map(([trajectoryId]) => trajectoryId)
    case "TrajectoryCompleted":
      return [event.data.trajectoryId]
    case "QueryScored":
    case "ScoreOverridden":
      return [...(state.waitingFor.get(event.data.queryId) ?? [])]
    case "TrajectoryAssessed":
      return []
  }
}

/** The two verdicts on a trajectory, attributed to its completion whichever event came last; nothing while a score is missing. */
const assessmentOf = (
  state: AssessmentState,
  completed: EventOf<"TrajectoryCompleted">,
  rules: RunRules
): ReadonlyArray<Decision> => {
  const required = rules.scoring.combination.scorers
  const scored: Array<ScoredRound> = []
  for (const round of completed.data.rounds) {
    if (round.kind === "given") continue
    const scores = scoresOf(state, round.queryId, required)
    if (scores === undefined) return []
    scored.push({ round, scores })
  }
  const cause = causeOf(completed)
  const { transcript, answer, question } = completed.data
  const score = scoreAnswer(answer, question.goldenAnswers)
  const format = checkFormat(transcript)
  const assessment = assess(
    {
      rounds: scored.map(({ scores }) => ({ scores: new Map([...scores].map(([name, { score }]) => [name, score])) })),
      answer: score,
      formatOk: format.ok,
      brokenTag: hasBrokenTag(transcript)
    },
    rules.scoring
  )
  return [
    { cause, ordinal: 0, event: outcomeScored(completed, score, format) },
    { cause, ordinal: 1, event: trajectoryAssessed(completed, scored, assessment, score, rules) }
  ]
}

const scoresOf = (
  state: AssessmentState,
  queryId: string,
  required: ReadonlyArray<string>
): ReadonlyMap<string, RecordedScore> | undefined => {
  const scores = new Map<string, RecordedScore>()
  for (const scorer of required) {
    const score = scoreOf(state, queryId, scorer)
    if (score === undefined) return undefined
    scores.set(scorer, score)
  }
  return scores
}
