import { Cause, Duration, Effect, Exit, Option, Schedule, Semaphore } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import type { HttpModelSettings } from "../../config/models.ts"
import type { AttemptFailure } from "./httpFailure.ts"

/**
 * What stands between a call and its attempts: retries, a rate limit and a circuit breaker. All of it lives in this
 * process; several processes that share a server each keep to the limit on their own.
 */

/** Changes how an attempt, or a whole call, is made. */
export type Guard = <A>(attempt: Effect.Effect<A, AttemptFailure>) => Effect.Effect<A, AttemptFailure>

const longestBackoff = Duration.seconds(30)

/**
 * Repeats an attempt whose failure may pass. The wait doubles each time, is jittered, and is never shorter than the
 * server's `Retry-After`; a server that asks for more than `timeout` is not waited for.
 */
export const retried =
  (settings: Pick<HttpModelSettings, "retries" | "backoff" | "timeout">): Guard =>
  (attempt) =>
    Effect.retry(attempt, {
      times: settings.retries,
      schedule: Schedule.exponential(settings.backoff).pipe(
        Schedule.jittered,
        Schedule.setInputType<AttemptFailure>(),
        Schedule.modifyDelay(({ duration, input }) =>
          Effect.succeed(Duration.max(Duration.min(duration, longestBackoff), input.retryAfter ?? Duration.zero))
        )
      ),
      while: ({ retryAfter, retryable }) =>
        retryable && (retryAfter === undefined || Duration.isLessThanOrEqualTo(retryAfter, settings.timeout))
    })

/**
 * Keeps to a number of requests per second and of requests under way. A request takes its place first and its turn
 * second, so that requests which waited for a place do not leave in a burst.
 */
export const makeRateLimit = Effect.fnUntraced(function* (name: string, limit: HttpModelSettings["rateLimit"]) {
  const { maxConcurrent, requestsPerSecond } = limit
  const places = yield* Semaphore.make(maxConcurrent ?? Number.POSITIVE_INFINITY)
  const turn = requestsPerSecond === undefined ? Effect.void : yield* makeTurn(name, requestsPerSecond)
  const guard: Guard = (attempt) => places.withPermit(Effect.andThen(turn, attempt))
  return guard
})

/** A token bucket that holds one second's requests, or one request if there are fewer. */
const makeTurn = Effect.fnUntraced(function* (name: string, requestsPerSecond: number) {
  const limiter = yield* RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory))
  const limit = Math.max(1, Math.floor(requestsPerSecond))
  const window = Duration.seconds(limit / requestsPerSecond)
  return RateLimiter.sleep(limiter, { key: name, algorithm: "token-bucket", limit, window }).pipe(
    Effect.orDie // a limiter that sleeps never refuses, and a store in memory never fails
  )
})

/**
 * Fails calls at once while a server is down: after so many failed calls in a row the circuit opens, and once `cooldown`
 * is over a single call tries whether the server is back.
 */
export const makeBreaker = Effect.fnUntraced(function* (name: string, settings: HttpModelSettings["circuitBreaker"]) {
  const breaker = yield* CircuitBreaker.make({
    tripPolicy: CircuitBreaker.consecutive(settings.failures),
    openDuration: settings.cooldown
  }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))
  const guard: Guard = (call) =>
    breaker
      .execute(call, { key: name, classify })
      .pipe(
        Effect.mapError((error) =>
          error instanceof CircuitBreaker.CircuitBreakerError ? circuitFailure(error, settings.failures) : error
        )
      )
  return guard
})

/** A server that refuses a request is alive; one that asks for less traffic says nothing about its health. */
const classify = <A>(exit: Exit.Exit<A, AttemptFailure>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return CircuitBreaker.success
  const failure = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (failure === undefined || failure.reason === "rate-limited") return CircuitBreaker.ignored
  return failure.reason === "rejected" ? CircuitBreaker.success : CircuitBreaker.failure(failure)
}

const circuitFailure = ({ reason }: CircuitBreaker.CircuitBreakerError, failures: number): AttemptFailure => {
  const tripped = `the last ${failures} calls failed`
  const detail =
    reason._tag === "CircuitOpen"
      ? `${tripped}; the next one is let through in ${Duration.format(reason.retryAfter)}`
      : `${tripped}; one call is trying whether the server is back`
  return { reason: "overloaded", detail: `circuit open: ${detail}`, retryable: true }
}
