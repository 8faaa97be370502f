import type { Effect } from "effect"
import type { EventOf, NewEvent } from "../events/envelope.ts"
import type { EventType } from "../events/registry.ts"

/**
 * A stateless actor: a function from one event to the events it causes. The actor host gives every actor the same life:
 * durable, competing consumers, bounded concurrency, acknowledgement only after its events are stored, retries with back-off,
 * and the dead letters when nothing helps.
 *
 * It may be called twice for one event. Its events then get the same ids, so the second time changes nothing.
 *
 * A failure is retried, unless the error says `retryable: false`: then the event is parked at once. An error whose `outage` is a
 * text (what is away, and where) is waited for much longer: the event is not at fault.
 */
export interface Actor<T extends EventType = EventType, E = unknown, R = never> {
  readonly name: string
  /** Part of the ids of what it emits: a new version's events do not replace the old version's. */
  readonly version: string
  readonly consumes: ReadonlyArray<T>
  readonly handle: (event: EventOf<T>) => Effect.Effect<ReadonlyArray<NewEvent>, E, R>
}

/** Names an actor, inferring what it consumes, fails with and needs. */
export const defineActor = <const T extends EventType, E, R>(actor: Actor<T, E, R>): Actor<T, E, R> => actor
