import { Duration, Effect, Metric } from "effect"

/**
 * The metrics of one actor. Each has its actor among its own attributes: one that gets it with each update looks its series up
 * anew each time.
 */
const metricsOf = (actor: string) => {
  const attributes = { actor }
  const counter = (name: string, description: string) =>
    Metric.counter(name, { description, attributes, incremental: true })
  return {
    handled: counter("smartsearch_actor_handled", "Messages handled"),
    failed: counter("smartsearch_actor_failed", "Failed attempts to handle a message"),
    parked: counter("smartsearch_actor_parked", "Messages put to the dead letters"),
    latency: Metric.timer("smartsearch_actor_latency", {
      description: "Time from delivery to acknowledgement",
      attributes
    })
  }
}

/** What one actor did in this process. Lag is not counted here: the broker knows it for all processes together. */
export interface ActorMetrics {
  readonly handled: Effect.Effect<void>
  readonly failed: Effect.Effect<void>
  readonly parked: Effect.Effect<void>
  /** `millis` from delivery to acknowledgement. */
  readonly took: (millis: number) => Effect.Effect<void>
}

export const actorMetrics = (actor: string): ActorMetrics => {
  const { failed, handled, latency, parked } = metricsOf(actor)
  return {
    handled: Metric.update(handled, 1),
    failed: Metric.update(failed, 1),
    parked: Metric.update(parked, 1),
    took: (millis) => Metric.update(latency, Duration.millis(millis))
  }
}

/** What the actors of this process did so far, by actor. */
export const actorCounts = (
  actor: string
): Effect.Effect<{ readonly handled: number; readonly failed: number; readonly parked: number }> =>
  Effect.gen(function* () {
    const { failed, handled, parked } = metricsOf(actor)
    const value = (metric: Metric.Counter<number>) => Effect.map(Metric.value(metric), (state) => state.count)
    return { handled: yield* value(handled), failed: yield* value(failed), parked: yield* value(parked) }
  })
