import { Effect } from "effect"
import type { ModelExchange, Sampling } from "../events/shapes.ts"
import { type Generation, type GenerationError, LanguageModel } from "./languageModel.ts"

/** One question to a model whose reply has to be readable. */
export interface ModelQuestion {
  /** The model's name in the configuration. */
  readonly model: string
  readonly system: string
  readonly user: string
  readonly sampling: Sampling
  /** Replies asked for at most until one can be read. */
  readonly attempts: number
}

export interface ModelAnswer<A> {
  /** What was read; undefined when no reply could be. */
  readonly value: A | undefined
  /** For the audit: latency and tokens are those of all attempts together. */
  readonly exchange: ModelExchange
}

/**
 * Asks a model until `read` makes something of its reply, or the attempts are used up. A seed moves on by one with every
 * attempt, so that a seeded model does not repeat what could not be read.
 *
 * A `GenerationError` of any attempt ends it.
 */
export const askModel = Effect.fn("askModel")(function* <A>(
  question: ModelQuestion,
  read: (reply: string) => A | undefined
): Effect.fn.Return<ModelAnswer<A>, GenerationError, LanguageModel> {
  const { model, system, user, sampling } = question
  const models = yield* LanguageModel
  const generations: Array<Generation> = []
  let value: A | undefined
  do {
    const attempt = generations.length
    const seeded = sampling.seed === undefined ? sampling : { ...sampling, seed: sampling.seed + attempt }
    const generation = yield* models.generate({ model, system, user, assistant: "", sampling: seeded })
    generations.push(generation)
    value = read(generation.text)
  } while (value === undefined && generations.length < question.attempts)
  return { value, exchange: exchangeOf(question, generations) }
})

const exchangeOf = ({ model, system, user }: ModelQuestion, generations: ReadonlyArray<Generation>): ModelExchange => {
  const last = generations.at(-1)
  const promptTokens = total(generations.map((generation) => generation.promptTokens))
  const completionTokens = total(generations.map((generation) => generation.completionTokens))
  return {
    model: last?.model ?? model,
    system,
    user,
    reply: last?.text ?? "",
    attempts: generations.length,
    latencyMs: total(generations.map(({ latencyMs }) => latencyMs)) ?? 0,
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens })
  }
}

/** The sum of the counts; undefined when one of them is missing, since the sum would then tell too little. */
const total = (counts: ReadonlyArray<number | undefined>): number | undefined =>
  counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0)
