import { Effect } from "effect"
import type { Sampling } from "../../events/shapes.ts"
import type { PromptForm } from "../../method/briefPrompts.ts"
import { type Actor, defineActor } from "../actor.ts"
import { askModel } from "../askModel.ts"
import type { GenerationError, LanguageModel } from "../languageModel.ts"
import type { PromptTemplate } from "../promptTemplate.ts"
import { type QueryScore, queryScored } from "../queryScore.ts"
import { type JudgedQuery, judgePromptOf } from "./judgePrompt.ts"

export interface LlmJudgeSettings {
  /** The judge's name in the configuration. */
  readonly model: string
  readonly prompt: PromptForm
  /** Temperature 0.6 and 2,048 new tokens in the paper. */
  readonly sampling: Omit<Sampling, "stop">
  /** Replies asked for at most until one can be read. */
  readonly attempts: number
}

/** The names that a judge bears in the log. */
export interface JudgeNames {
  readonly actor: string
  readonly scorer: string
}

/** The judge of usefulness that every run has. */
export const teacher: JudgeNames = { actor: "reward-judge", scorer: "usefulness" }

/** A second judge, whose scores lie beside those of the {@link teacher} so that the two can be compared. */
export const student: JudgeNames = { actor: "student-judge", scorer: "student" }

/**
 * The model half of the process reward (SmartSearch, arXiv 2601.04888, usefulness score): a judge reads the question, the gold
 * answers and the trajectory up to the query's results. The template is what a full prompt is written with.
 *
 * A judgement that no attempt could be read of is recorded as `unparsed`, with the last reply: it is neither a 0 nor a 1.
 */
export const llmJudge = (
  settings: LlmJudgeSettings,
  template: PromptTemplate,
  { actor, scorer }: JudgeNames = teacher
): Actor<"DocumentsRetrieved", GenerationError, LanguageModel> =>
  defineActor({
    name: actor,
    version: judgePromptOf(settings.prompt, template).version,
    consumes: ["DocumentsRetrieved"],
    handle: (event) =>
      Effect.map(judgeUsefulness(event.data, settings, template, scorer), (score) => [queryScored(event, score)])
  })

/** The usefulness of one query, or that no attempt could be read. */
export const judgeUsefulness = Effect.fn("reward-judge.judge")(function* (
  query: JudgedQuery,
  { model, prompt, sampling, attempts }: LlmJudgeSettings,
  template: PromptTemplate,
  scorer = teacher.scorer
): Effect.fn.Return<QueryScore, GenerationError, LanguageModel> {
  const { read, stop, version, write } = judgePromptOf(prompt, template)
  const { value, exchange } = yield* askModel(
    { model, ...write(query), sampling: { ...sampling, stop }, attempts },
    read
  )
  return {
    scorer: { name: scorer, version },
    result: value === undefined ? { kind: "unparsed" } : { kind: "value", score: value.score },
    explanation: value?.explanation ?? `No score could be read in ${exchange.attempts} replies of the judge.`,
    evidence: { exchange }
  }
})
