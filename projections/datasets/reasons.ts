import { type ScoringRules, verdictOf } from "../../method/assess.ts"
import { objectors, type Verdict } from "../../method/combination.ts"
import type { AssessedRound, AssessedTrajectory } from "../history/assessment.ts"

/** What speaks against a trajectory, in words and numbers. Empty when nothing does. */

export const formatReasons = ({ format }: AssessedTrajectory): ReadonlyArray<string> =>
  format.ok ? [] : [`format: ${format.problem ?? "broken"}`]

export const answerReasons = ({ answer, correct }: AssessedTrajectory, rules: ScoringRules): ReadonlyArray<string> =>
  correct ? [] : [`F1 ${twoDecimals(answer.f1)} < ${rules.f1Threshold}`]

/** Rounds whose quality is not known: such a trajectory is in no dataset that looks at qualities. */
export const unknownReasons = ({ rounds }: AssessedTrajectory, rules: ScoringRules): ReadonlyArray<string> =>
  rounds
    .filter(({ quality }) => quality === "unscored" || quality === "unparsed")
    .flatMap((round) =>
      rules.combination.scorers.flatMap((scorer) =>
        unknownScore(round, scorer, verdictOf(scorer, round.scores.get(scorer), rules))
      )
    )

/** Rounds of low quality, with the scorers that made them so. */
export const lowReasons = ({ rounds }: AssessedTrajectory, rules: ScoringRules): ReadonlyArray<string> =>
  rounds
    .filter(({ quality }) => quality === "low")
    .flatMap((round) =>
      objectors(rules.combination, (scorer) => verdictOf(scorer, round.scores.get(scorer), rules)).map(
        (scorer) => `round ${round.round.round}: ${scoreInWords(round, scorer, rules)}`
      )
    )

/** Never more than the number itself: a value below a threshold must not look as if it had reached it. */
export const twoDecimals = (value: number): string => (Math.floor(value * 100 + 1e-9) / 100).toFixed(2)

const unknownScore = ({ round }: AssessedRound, scorer: string, verdict: Verdict): ReadonlyArray<string> => {
  if (verdict === "unscored") return [`round ${round.round} has no score of ${scorer}`]
  return verdict === "unparsed" ? [`round ${round.round}: the score of ${scorer} could not be read`] : []
}

const scoreInWords = (round: AssessedRound, scorer: string, rules: ScoringRules): string => {
  const score = round.scores.get(scorer)
  if (score?.kind !== "value") return scorer
  if (score.overlap !== undefined) {
    const documents = score.overlap === 1 ? "1 document" : `${score.overlap} documents`
    return `${scorer}: ${documents} of earlier rounds retrieved again, ${rules.novelty.maxOverlap} allowed`
  }
  const threshold = rules.thresholds[scorer]
  const value = threshold === undefined ? `${score.value}` : `${score.value}, threshold ${threshold}`
  const explanation = firstLine(score.explanation)
  return explanation === "" ? `${scorer} ${value}` : `${scorer} ${value}: ${explanation}`
}

const longestExplanation = 160

const firstLine = (text: string): string => {
  const line = text.trim().split("\n", 1)[0] ?? ""
  return line.length <= longestExplanation ? line : `${line.slice(0, longestExplanation - 1)}…`
}
