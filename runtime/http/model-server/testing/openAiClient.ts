import { Effect } from "effect"
import OpenAI from "openai"
import type { ServedScript } from "./servedScript.ts"

/** OpenAI's own client, connected to a served script. It doesn't try again. */
export const openAiClient = ({ url }: Pick<ServedScript, "url">, apiKey = "none"): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

/** A call of the client that must succeed. */
export const called = <A>(call: (signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A> => Effect.promise(call)

/** A call that must fail, and what the client makes of it. */
export const refusal = (
  call: () => PromiseLike<unknown>
): Effect.Effect<{
  readonly status: number
  readonly code: unknown
  readonly param: unknown
  readonly message: string
}> =>
  Effect.promise(async () => {
    try {
      await call()
    } catch (error) {
      if (!(error instanceof OpenAI.APIError)) throw error
      return { status: error.status ?? 0, code: error.code, param: error.param, message: error.message }
    }
    throw new Error("expected a refusal, got an answer")
  })

/** Everything an asynchronous iterable gives. */
export const collect = async <A>(values: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const value of values) all.push(value)
  return all
}
