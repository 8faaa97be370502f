import { Effect, Latch } from "effect"
import { type ApiError, unavailable } from "./apiError.ts"

/** The requests that are being answered, and whether new ones are taken. */
export interface Traffic {
  /** Counts a request for as long as it runs. */
  readonly count: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Fails once the server is shutting down. */
  readonly admit: Effect.Effect<void, ApiError>
  /** Takes no more requests and waits until those that run are answered. */
  readonly drain: Effect.Effect<void>
}

export const makeTraffic: Effect.Effect<Traffic> = Effect.sync(() => {
  const quiet = Latch.makeUnsafe(true)
  let running = 0
  let draining = false
  const enter = Effect.sync(() => {
    if (++running === 1) quiet.closeUnsafe()
  })
  const leave = Effect.sync(() => {
    if (--running === 0) quiet.openUnsafe()
  })
  return {
    count: (request) =>
      Effect.acquireUseRelease(
        enter,
        () => request,
        () => leave
      ),
    admit: Effect.suspend(() =>
      draining ? Effect.fail(unavailable("the server is shutting down", "shutting_down")) : Effect.void
    ),
    drain: Effect.suspend(() => {
      draining = true
      return quiet.await
    })
  }
})
