import { Duration, Effect, Metric } from "effect"

const handled = Metric.counter("smartsearch_actor_handled", { description: "Messages handled", incremental: true })
const failed = Metric.counter("smartsearch_actor_failed", {
  description: "Failed attempts to handle a message",
  incremental: true
})
const parked = Metric.counter("smartsearch_actor_parked", {
  description: "Messages put to the dead letters",
  incremental: true
})
const latency = Metric.timer("smartsearch_actor_latency", { description: "Time from delivery to acknowledgement" })

/** What one actor did in this process. Lag is not counted here: the broker knows it for all processes together. */
export interface ActorMetrics {
  readonly handled: Effect.Effect<void>
  readonly failed: Effect.Effect<void>
  readonly parked: Effect.Effect<void>
  /** `millis` from delivery to acknowledgement. */
  readonly took: (millis: number) => Effect.Effect<void>
}

export const actorMetrics = (actor: string): ActorMetrics => {
  const attributes = { actor }
  const count = (metric: Metric.Counter<number>) => Metric.update(Metric.withAttributes(metric, attributes), 1)
  const timer = Metric.withAttributes(latency, attributes)
  return {
    handled: count(handled),
    failed: count(failed),
    parked: count(parked),
    took: (millis) => Metric.update(timer, Duration.millis(millis))
  }
}

/** What the actors of this process did so far, by actor. */
export const actorCounts = (
  actor: string
): Effect.Effect<{ readonly handled: number; readonly failed: number; readonly parked: number }> =>
  Effect.gen(function* () {
    const value = (metric: Metric.Counter<number>) =>
      Effect.map(Metric.value(Metric.withAttributes(metric, { actor })), (state) => state.count)
    return { handled: yield* value(handled), failed: yield* value(failed), parked: yield* value(parked) }
  })
