import { Clock, Config, Duration, Effect, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type Generation, GenerationError, type GenerationRequest } from "../../actors/languageModel.ts"
import type { HttpModelSettings } from "../../config/models.ts"
import { type AttemptFailure, clientFailure, statusFailure } from "./httpFailure.ts"
import { chatProtocol } from "./openAiChat.ts"
import { completionsProtocol } from "./openAiCompletions.ts"
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
  const client = yield* HttpClient.HttpClient
  const key = settings.apiKeyEnv === undefined ? undefined : yield* Config.Redacted(settings.apiKeyEnv)
  const limited = yield* makeRateLimit(name, settings.rateLimit)
  const guarded = yield* makeBreaker(name, settings.circuitBreaker)

  const protocol = protocolOf(settings)
  const url = endpoint(settings.url, protocol.path)
  const blank = HttpClientRequest.post(url).pipe(HttpClientRequest.acceptJson)
  const authorized = key === undefined ? blank : HttpClientRequest.bearerToken(blank, key)

  const exchange = Effect.fnUntraced(function* (request: GenerationRequest) {
    const started = yield* Clock.currentTimeMillis
    const response = yield* client.execute(HttpClientRequest.bodyJsonUnsafe(authorized, protocol.encode(request)))
    const body = withoutKey(yield* response.text, key)
    const ended = yield* Clock.currentTimeMillis
    if (response.status < 200 || response.status > 299) {
      const retryAfter = response.headers["retry-after"]
      return yield* Effect.fail(statusFailure({ status: response.status, body, retryAfter }, ended))
    }
    const reply = yield* Effect.fromResult(protocol.decode(body, request))
    return { ...reply, latencyMs: ended - started }
  })

  const attempt = (request: GenerationRequest): Effect.Effect<Generation, AttemptFailure> =>
    exchange(request).pipe(
      Effect.catchTag("HttpClientError", (error) => Effect.fail(clientFailure(error))),
      Effect.timeoutOrElse({
        duration: settings.timeout,
        orElse: () => Effect.fail(timedOut(settings.timeout))
      })
    )

  const generate: Generate = (request) =>
    attempt(request).pipe(
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

const timedOut = (timeout: Duration.Duration): AttemptFailure => ({
  reason: "timeout",
  detail: `no whole reply within ${Duration.format(timeout)}`,
  retryable: true
})
