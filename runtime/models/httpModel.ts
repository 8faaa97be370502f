import { Clock, Config, Effect, Redacted } from "effect"
import { type Generation, GenerationError, type GenerationRequest } from "../../actors/languageModel.ts"
import type { HttpModelSettings } from "../../config/models.ts"
import { type AttemptFailure, statusFailure } from "./httpFailure.ts"
import { chatProtocol } from "./openAiChat.ts"
import { completionsProtocol } from "./openAiCompletions.ts"
import { makePost } from "./post.ts"
import { makeBreaker, makeRateLimit, retried } from "./protection.ts"
import { sglangProtocol } from "./sglang.ts"
import type { WireProtocol } from "./wire.ts"

/** A model as a function. */
export type Generate = (request: GenerationRequest) => Effect.Effect<Generation, GenerationError>

/**
 * Connects a model to its server. Each call passes, from the outside in: the circuit breaker, which sees one outcome per
 * call; the retries; the rate limit; and one attempt with its time-out.
 *
 * Every failure is a `GenerationError`. The key is read once, here, travels in the request's header only, and is struck
 * out of whatever a server writes into its errors.
 *
 * @param name the model's name in the configuration
 */
export const makeHttpModel = Effect.fnUntraced(function* (name: string, settings: HttpModelSettings) {
  const key = settings.apiKeyEnv === undefined ? undefined : yield* Config.Redacted(settings.apiKeyEnv)
  const limited = yield* makeRateLimit(name, settings.rateLimit)
  const guarded = yield* makeBreaker(name, settings.circuitBreaker)

  const protocol = protocolOf(settings)
  const url = endpoint(settings.url, protocol.path)
  const post = yield* makePost(
    url,
    key === undefined ? {} : { authorization: `Bearer ${Redacted.value(key)}` },
    settings.timeout
  )

  const attempt = Effect.fnUntraced(function* (
    request: GenerationRequest
  ): Effect.fn.Return<Generation, AttemptFailure> {
    const clock = yield* Clock.Clock
    const started = clock.currentTimeMillisUnsafe()
    const { retryAfter, status, ...reply } = yield* post(JSON.stringify(protocol.encode(request)))
    const body = withoutKey(reply.body, key)
    const ended = clock.currentTimeMillisUnsafe()
    if (status < 200 || status > 299) return yield* Effect.fail(statusFailure({ status, body, retryAfter }, ended))
    const generation = yield* Effect.fromResult(protocol.decode(body, request))
    return { ...generation, latencyMs: ended - started }
  })

  const generate: Generate = (request) =>
    attempt(request).pipe(
      Effect.withSpan(
        "LanguageModel.attempt",
        { kind: "client", attributes: { model: name, url } },
        { captureStackTrace: false }
      ),
      limited,
      retried(settings),
      guarded,
      Effect.mapError(
        ({ detail, reason, retryable }) =>
          new GenerationError({
            model: name,
            reason,
            detail: withoutKey(`${detail} (POST ${url})`, key),
            retryable,
            server: settings.url
          })
      )
    )
  return generate
})

const protocolOf = (settings: HttpModelSettings): WireProtocol => {
  switch (settings.kind) {
    case "sglang":
      return sglangProtocol(settings)
    case "completions":
      return completionsProtocol(settings)
    case "chat":
      return chatProtocol(settings)
  }
}

/** Strikes the key out, from whole texts: in a shortened one the rest of a cut key would go unnoticed. */
const withoutKey = (text: string, key: Redacted.Redacted | undefined): string => {
  const secret = key === undefined ? "" : Redacted.value(key)
  return secret === "" ? text : text.replaceAll(secret, "<redacted>")
}

/** Joins a server's address and a path; `http://host/v1` and `http://host` name the same server. */
const endpoint = (url: string, path: string): string => url.replace(/\/+$/, "").replace(/\/v1$/, "") + path
