import { checkFormat, predictedAnswer } from "../../../method/answer.ts"
import { scoreAnswer } from "../../../method/answerScore.ts"
import { assess, type ScoreOfRound, type ScoringRules } from "../../../method/assess.ts"
import { isNovel, noveltyFeedback, overlap } from "../../../method/novelty.ts"
import { hasBrokenTag } from "../../../method/protocol.ts"
import type { ScorableRound } from "./rounds.ts"
import type { Solution } from "./solution.ts"

/** A round with the opinions of all who scored it. */
export interface ScoredRound {
  readonly query: string
  readonly scores: ReadonlyMap<string, ScoreOfRound>
}

/** The novelty of a round, by rule; a score that came with the solution counts instead. */
export const noveltyOf = ({ documents, earlier, scores }: ScorableRound, { novelty }: ScoringRules): ScoreOfRound => {
  if (scores.novelty !== undefined) return given(scores.novelty)
  const known = overlap(documents, earlier).length
  return {
    kind: "value",
    value: isNovel(known, novelty.maxOverlap) ? 1 : 0,
    explanation: noveltyFeedback(known, novelty.maxOverlap),
    overlap: known
  }
}

/** A score that came with the solution. */
export const given = (value: number): ScoreOfRound => ({ kind: "value", value, explanation: "" })

/**
 * The reply to one solution: its reward (paper, reinforcement learning stage) and what it is made of. A round whose quality is
 * not known counts neither as right nor as wrong; `note` says when that is so for want of a scorer.
 */
export const rewardReply = (
  { golden_answers, solution }: Pick<Solution, "golden_answers" | "solution">,
  rounds: ReadonlyArray<ScoredRound>,
  rules: ScoringRules
) => {
  const answer = scoreAnswer(predictedAnswer(solution), golden_answers)
  const format = checkFormat(solution)
  const brokenTag = hasBrokenTag(solution)
  const assessment = assess({ rounds, answer, formatOk: format.ok, brokenTag }, rules)
  const missing = rules.combination.scorers.filter((scorer) => rounds.some(({ scores }) => !scores.has(scorer)))
  return {
    reward: assessment.reward,
    components: {
      correct: assessment.correct,
      em: answer.em,
      f1: answer.f1,
      format: format.ok ? 1 : 0,
      broken_tag: brokenTag,
      n_correct: assessment.nCorrect,
      n_wrong: assessment.nWrong,
      rounds: assessment.rounds.map(({ quality, feedback }, index) => ({
        query: rounds[index]?.query ?? "",
        quality,
        feedback
      }))
    },
    ...(missing.length === 0 ? {} : { note: noteOn(missing, rules) })
  }
}

const noteOn = (missing: ReadonlyArray<string>, { combination }: ScoringRules): string => {
  const scored = combination.scorers.filter((scorer) => !missing.includes(scorer)).join(", ")
  const why = `nobody here scores ${missing.join(", ")}`
  return `only ${scored === "" ? "the answer and the format were" : `${scored} was`} scored: ${why}; queries that depend on it count neither as right nor as wrong`
}
