import { Clock, Effect } from "effect"

/** The time of an event: RFC 3339 in UTC, by the clock of the environment. */
export const now: Effect.Effect<string> = Effect.map(Clock.currentTimeMillis, (millis) =>
  new Date(millis).toISOString()
)
