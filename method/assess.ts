import type { AnswerScore } from "./answerScore.ts"
import { type Combination, combinationOf, evaluate, objectors, type Verdict } from "./combination.ts"
import { isNovel, noveltyFeedback } from "./novelty.ts"
import { paperReward, type RewardRules, trajectoryReward } from "./reward.ts"

/** What one scorer said about one round. */
export type ScoreOfRound =
  | {
      readonly kind: "value"
      /** Between 0 and 1. */
      readonly value: number
      readonly explanation: string
      /** O_t, where the score rests on it: the verdict is then derived anew, so that another K can be tried. */
      readonly overlap?: number
    }
  | { readonly kind: "unparsed"; readonly explanation: string }

/** All scores of one round by scorer name; a scorer without an entry has not scored it. */
export interface RoundScores {
  readonly scores: ReadonlyMap<string, ScoreOfRound>
}

/** How scores become verdicts, verdicts become S_t, and rounds become a reward. */
export interface ScoringRules {
  readonly combination: Combination
  /** K: how many documents of earlier rounds a novel query may retrieve again. */
  readonly novelty: { readonly maxOverlap: number }
  /** The value from which on a scorer's verdict is high; 1 for a scorer that is not named. */
  readonly thresholds: Readonly<Record<string, number>>
  /** The F1 from which on an answer is correct. */
  readonly f1Threshold: number
  readonly reward: RewardRules
}

/** The paper's rules: novelty and usefulness, K = 1, correct from F1 0.8 on. */
export const paperRules: ScoringRules = {
  combination: combinationOf({
    kind: "and",
    left: { kind: "scorer", name: "novelty" },
    right: { kind: "scorer", name: "usefulness" }
  }),
  novelty: { maxOverlap: 1 },
  thresholds: {},
  f1Threshold: 0.8,
  reward: paperReward
}

export interface RoundAssessment {
  /** S_t: high is 1, low is 0; the other two are not known (yet). */
  readonly quality: Verdict
  /** T_t: the explanations of the scorers that speak against the round, one a line; empty when none does. */
  readonly feedback: string
}

/** S_t and T_t of one round (paper, dual-level credit assessment). Scores of scorers the combination does not name count for nothing. */
export const assessRound = (round: RoundScores, rules: ScoringRules): RoundAssessment => {
  const verdict = (scorer: string): Verdict => verdictOf(scorer, round.scores.get(scorer), rules)
  const feedback = objectors(rules.combination, verdict)
    .map((scorer) => explanationOf(round.scores.get(scorer), rules))
    .filter((explanation) => explanation !== "")
    .join("\n")
  return { quality: evaluate(rules.combination, verdict), feedback }
}

/** What one scorer makes of a query. Novelty's verdict is derived anew from the recorded overlap. */
export const verdictOf = (scorer: string, score: ScoreOfRound | undefined, rules: ScoringRules): Verdict => {
  if (score === undefined) return "unscored"
  if (score.kind === "unparsed") return "unparsed"
  const high =
    score.overlap === undefined
      ? score.value >= (rules.thresholds[scorer] ?? 1)
      : isNovel(score.overlap, rules.novelty.maxOverlap)
  return high ? "high" : "low"
}

const explanationOf = (score: ScoreOfRound | undefined, rules: ScoringRules): string =>
  score?.kind === "value" && score.overlap !== undefined
    ? noveltyFeedback(score.overlap, rules.novelty.maxOverlap)
    : (score?.explanation.trim() ?? "")

/** A finished trajectory with all that was said about it. */
export interface AssessmentInput {
  readonly rounds: ReadonlyArray<RoundScores>
  readonly answer: AnswerScore
  readonly formatOk: boolean
  readonly brokenTag: boolean
}

export interface Assessment {
  readonly rounds: ReadonlyArray<RoundAssessment>
  /** High-quality rounds. */
  readonly nCorrect: number
  /** Low-quality rounds. */
  readonly nWrong: number
  /** Whether every round is high or low. The reward of an incomplete trajectory counts only the rounds that are. */
  readonly complete: boolean
  /** Whether the answer's F1 reaches the threshold. */
  readonly correct: boolean
  readonly reward: number
}

/** What a trajectory is worth under the rules: the same scores can be assessed again and again with others. */
export const assess = (input: AssessmentInput, rules: ScoringRules): Assessment => {
  const rounds = input.rounds.map((round) => assessRound(round, rules))
  const nCorrect = rounds.filter(({ quality }) => quality === "high").length
  const nWrong = rounds.filter(({ quality }) => quality === "low").length
  const correct = input.answer.f1 >= rules.f1Threshold
  return {
    rounds,
    nCorrect,
    nWrong,
    complete: nCorrect + nWrong === rounds.length,
    correct,
    reward: trajectoryReward(
      { correct, nCorrect, nWrong, formatOk: input.formatOk, brokenTag: input.brokenTag },
      rules.reward
    )
  }
}
