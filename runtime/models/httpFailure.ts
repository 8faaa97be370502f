import { Duration, Option, Result, Schema } from "effect"
import { Headers } from "effect/http"
import { excerpt, malformed, type WireFailure } from "./wire.ts"

/** A failed attempt to reach a model, with how long its server asks to be left alone. */
export interface AttemptFailure extends WireFailure {
  readonly retryAfter?: Duration.Duration
}

/** What gateways say when there is no server behind them, and servers that are starting or too busy. */
export const away: ReadonlyArray<number> = [502, 503, 504, 529]

/** What a reply without a 2xx status means. `nowMillis` is needed to read a `Retry-After` that is a date. */
export const statusFailure = (
  reply: { readonly status: number; readonly body: string; readonly retryAfter: string | undefined },
  nowMillis: number
): AttemptFailure => {
  const detail = `HTTP ${reply.status}: ${errorText(reply.body)}`
  const retryAfter = reply.retryAfter === undefined ? undefined : delayOf(reply.retryAfter, nowMillis)
  const wait = retryAfter && { retryAfter }
  if (reply.status === 408) return { reason: "timeout", detail, retryable: true, ...wait }
  if (reply.status === 429) return { reason: "rate-limited", detail, retryable: true, ...wait }
  if (away.includes(reply.status)) return { reason: "overloaded", detail, retryable: true, ...wait }
  if (reply.status >= 500) return { reason: "server-error", detail, retryable: true, ...wait }
  return { reason: "rejected", detail, retryable: false }
}

/** The server could not be reached, or hung up before it answered. */
export const unreachable = (error: Error): AttemptFailure => ({
  reason: "unreachable",
  detail: rootCause(error),
  retryable: true
})

/** An answer began and never came to its end. */
export const brokenOff = (error: Error): AttemptFailure => malformed(`the reply broke off: ${rootCause(error)}`)

/** The request can't even be sent: it will never work. */
export const unsendable = (error: Error): AttemptFailure => ({
  reason: "rejected",
  detail: rootCause(error),
  retryable: false
})

export const timedOut = (timeout: Duration.Duration): AttemptFailure => ({
  reason: "timeout",
  detail: `no whole reply within ${Duration.format(timeout)}`,
  retryable: true
})

const delayOf = (header: string, nowMillis: number): Duration.Duration | undefined =>
  Result.match(Headers.parseRetryAfter(header), {
    onFailure: () => undefined,
    onSuccess: (retryAfter) => Headers.retryAfterDelay(retryAfter, nowMillis)
  })

/** The places where SGLang, vLLM, FastAPI and OpenAI put the text of an error. */
const ErrorBody = Schema.fromJsonString(
  Schema.Union([
    Schema.Struct({ error: Schema.Struct({ message: Schema.String }) }),
    Schema.Struct({ error: Schema.String }),
    Schema.Struct({ message: Schema.String }),
    Schema.Struct({ detail: Schema.String })
  ])
)
const readErrorBody = Schema.decodeUnknownOption(ErrorBody)

const errorText = (body: string): string =>
  Option.match(readErrorBody(body), {
    onNone: () => excerpt(body),
    onSome: (told) => {
      if ("message" in told) return excerpt(told.message)
      if ("detail" in told) return excerpt(told.detail)
      return excerpt(typeof told.error === "string" ? told.error : told.error.message)
    }
  })

/** The innermost error's code and message: `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:30000`. */
const rootCause = (error: Error): string => {
  let root = error
  while (root.cause instanceof Error) root = root.cause
  const code = "code" in root && typeof root.code === "string" ? `${root.code}: ` : ""
  return code + root.message
}
