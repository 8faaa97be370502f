import { Effect } from "effect"
import { LanguageModel } from "../../../actors/languageModel.ts"
import { judgeUsefulness } from "../../../actors/reward-judge/llmJudge.ts"
import { judgePrompt } from "../../../config/prompts/judge.ts"
import type { Settings } from "../../../config/settings.ts"
import { readScoringRules } from "../../../method/scoringRules.ts"
import type { Rewarding } from "./scoreSolution.ts"

/**
 * The rules and the judge of a configuration, which was checked when it was read. A judge by gold evidence is none here: a
 * trainer's solutions come without the gold passages of their questions.
 */
export const configuredRewarding = Effect.fnUntraced(function* ({
  judge,
  scoring
}: Pick<Settings, "judge" | "scoring">): Effect.fn.Return<Rewarding, never, LanguageModel> {
  const read = readScoringRules(scoring)
  if (!read.ok) return yield* Effect.die(new Error(`scoring.combine: ${read.message}`))
  if (judge.kind !== "llm") return { rules: read.rules, judge: undefined }
  const models = yield* LanguageModel
  return {
    rules: read.rules,
    judge: (query) => Effect.provideService(judgeUsefulness(query, judge, judgePrompt), LanguageModel, models)
  }
})
