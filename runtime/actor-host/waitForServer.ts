import { Clock, Effect, Exit } from "effect"
import { describe, outageOf } from "./failure.ts"
import { CurrentOutages } from "./outages.ts"

/** What came of it: `given-up` after `patience`; `stopped` while waiting, since the host stops. */
export type Waited<A, E> =
  | { readonly kind: "ended"; readonly exit: Exit.Exit<A, E> }
  | { readonly kind: "given-up"; readonly error: string }
  | { readonly kind: "stopped" }

/** Milliseconds between the first attempts and, at most, between later ones: how late a server's return is noticed. */
const firstWait = 250
const longestWait = 5000

/**
 * Attempts something, again and again for as long as what it needs is away, up to `patience` milliseconds. The message stays in
 * hand meanwhile, so no delivery is used up, and once all hands wait nothing more is asked for.
 *
 * `stopping` ends the waiting, not an attempt.
 */
export const waitForServer = <A, E, R>(
  attempt: Effect.Effect<A, E, R>,
  patience: number,
  stopping: Effect.Effect<void>
): Effect.Effect<Waited<A, E>, never, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (begun) =>
    Effect.flatMap(Effect.exit(attempt), (exit) =>
      awayOf(exit) === undefined
        ? Effect.succeed({ kind: "ended", exit })
        : keepTrying(attempt, exit, { begun, patience, stopping })
    )
  )

const awayOf = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isFailure(exit) ? outageOf(exit.cause) : undefined

/** Goes on after a first attempt that found its server away. */
const keepTrying = <A, E, R>(
  attempt: Effect.Effect<A, E, R>,
  first: Exit.Exit<A, E>,
  {
    begun,
    patience,
    stopping
  }: { readonly begun: number; readonly patience: number; readonly stopping: Effect.Effect<void> }
): Effect.Effect<Waited<A, E>, never, R> =>
  Effect.gen(function* () {
    const outages = yield* CurrentOutages
    let waitsFor: string | undefined
    const waitFor = Effect.fnUntraced(function* (away: string, why: string) {
      if (away === waitsFor) return
      yield* waitForNothing
      waitsFor = away
      if (outages.began(away)) yield* Effect.logWarning(`waiting for ${away}: ${why}`)
    })
    const waitForNothing = Effect.suspend(() => {
      const before = waitsFor
      waitsFor = undefined
      const last = before !== undefined && outages.ended(before)
      return last ? Effect.logInfo(`no longer waiting for ${before}`) : Effect.void
    })
    const waiting = Effect.gen(function* () {
      let exit = first
      for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
        const away = awayOf(exit)
        if (Exit.isSuccess(exit) || away === undefined) return { kind: "ended", exit } as const
        const waited = (yield* Clock.currentTimeMillis) - begun
        if (waited >= patience) {
          const error = `${describe(exit.cause)} (waited ${Math.round(waited / 1000)} s for it)`
          return { kind: "given-up", error } as const
        }
        yield* waitFor(away, describe(exit.cause))
        const stops = yield* Effect.raceFirst(
          Effect.as(Effect.sleep(Math.min(wait, patience - waited)), false),
          Effect.as(stopping, true)
        )
        if (stops) return { kind: "stopped" } as const
        exit = yield* Effect.exit(attempt)
      }
    })
    return yield* Effect.ensuring(waiting, waitForNothing)
  })
