import { Effect } from "effect"
import type { Question, Sampling } from "../../events/shapes.ts"
import { type Actor, defineActor } from "../actor.ts"
import { askModel } from "../askModel.ts"
import type { GenerationError, LanguageModel } from "../languageModel.ts"
import { fill, type PromptTemplate } from "../promptTemplate.ts"
import { type QueryScore, queryScored } from "../queryScore.ts"
import { parseJudgement } from "./parseJudgement.ts"

export interface LlmJudgeSettings {
  /** The judge's name in the configuration. */
  readonly model: string
  /** Temperature 0.6 and 2,048 new tokens in the paper. */
  readonly sampling: Omit<Sampling, "stop">
  /** Replies asked for at most until one can be read. */
  readonly attempts: number
}

const version = "llm-1"

/**
 * The model half of the process reward (SmartSearch, arXiv 2601.04888, usefulness score): a judge reads the question, the gold
 * answers and the trajectory up to the query's results.
 *
 * A judgement that no attempt could be read of is recorded as `unparsed`, with the last reply: it is neither a 0 nor a 1.
 */
export const llmJudge = (
  settings: LlmJudgeSettings,
  prompt: PromptTemplate
): Actor<"DocumentsRetrieved", GenerationError, LanguageModel> =>
  defineActor({
    name: "reward-judge",
    version,
    consumes: ["DocumentsRetrieved"],
    handle: (event) => Effect.map(judgeUsefulness(event.data, settings, prompt), (score) => [queryScored(event, score)])
  })

/** A query with what a judge reads of it. */
export interface JudgedQuery {
  readonly question: Pick<Question, "question" | "goldenAnswers">
  /** The assistant turn up to and including the query's results. */
  readonly transcript: string
  readonly query: string
}

/** The usefulness of one query, or that no attempt could be read. */
export const judgeUsefulness = Effect.fn("reward-judge.judge")(function* (
  { question, transcript, query }: JudgedQuery,
  { model, sampling, attempts }: LlmJudgeSettings,
  prompt: PromptTemplate
): Effect.fn.Return<QueryScore, GenerationError, LanguageModel> {
  const values = {
    question: question.question,
    answers: question.goldenAnswers.join("; "),
    trajectory: transcript,
    query
  }
  const { value, exchange } = yield* askModel(
    { model, system: prompt.system, user: fill(prompt.user, values), sampling: { ...sampling, stop: [] }, attempts },
    parseJudgement
  )
  return {
    scorer: { name: "usefulness", version },
    result: value === undefined ? { kind: "unparsed" } : { kind: "value", score: value.score },
    explanation: value?.explanation ?? `No score could be read in ${exchange.attempts} replies of the judge.`,
    evidence: { exchange }
  }
})
