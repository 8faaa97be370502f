import { Effect, Result } from "effect"
import type { GenerationError } from "../../../actors/languageModel.ts"
import type { QueryScore } from "../../../actors/queryScore.ts"
import type { JudgedQuery } from "../../../actors/reward-judge/judgePrompt.ts"
import type { ScoreOfRound, ScoringRules } from "../../../method/assess.ts"
import { type ApiError, invalidRequest } from "../model-server/apiError.ts"
import { given, noveltyOf, rewardReply } from "./reward.ts"
import { roundsOf, type ScorableRound } from "./rounds.ts"
import type { Solution } from "./solution.ts"

/** Who says whether a query was useful. */
export type Judge = (query: JudgedQuery) => Effect.Effect<QueryScore, GenerationError>

/** What rewards are made with. */
export interface Rewarding {
  readonly rules: ScoringRules
  /** Without one, usefulness is known only where it comes with a solution. */
  readonly judge: Judge | undefined
}

/** Rewards one solution; `at` is where it stands in its request, for errors. */
export const scoreSolution = Effect.fnUntraced(function* (
  solution: Solution,
  { judge, rules }: Rewarding,
  at: string
): Effect.fn.Return<ReturnType<typeof rewardReply>, ApiError | GenerationError> {
  const rounds = roundsOf(solution)
  if (Result.isFailure(rounds)) return yield* invalidRequest(rounds.failure, `${at}rounds`)
  const scored = yield* Effect.forEach(
    rounds.success,
    (round) =>
      Effect.gen(function* () {
        const scores = new Map(Object.entries(round.scores).map(([scorer, value]) => [scorer, given(value)]))
        scores.set("novelty", noveltyOf(round, rules))
        const isWanted = rules.combination.scorers.includes("usefulness") && !scores.has("usefulness")
        if (judge !== undefined && isWanted) scores.set("usefulness", yield* judged(judge, solution, round, at))
        return { query: round.query, scores }
      }),
    { concurrency: "unbounded" }
  )
  return rewardReply(solution, scored, rules)
})

const judged = Effect.fnUntraced(function* (judge: Judge, solution: Solution, round: ScorableRound, at: string) {
  const { golden_answers: goldenAnswers, question } = solution
  if (question === undefined) {
    return yield* invalidRequest("missing: the judge of usefulness reads the question", `${at}question`)
  }
  const { transcript, query } = round
  const { explanation, result } = yield* judge({ question: { question, goldenAnswers }, transcript, query })
  const score: ScoreOfRound =
    result.kind === "value" ? { kind: "value", value: result.score, explanation } : { kind: "unparsed", explanation }
  return score
})
