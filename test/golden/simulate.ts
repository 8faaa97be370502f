import { Effect } from "effect"
import type { Actor } from "../../actors/actor.ts"
import type { ProcessManager } from "../../actors/processManager.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"

/** A log in memory with actors and process managers around it: what the host does, one event after the other. */

/** When the story begins; every event takes a second. */
const beginning = Date.parse("2026-01-05T09:00:00.000Z")

export const timeAt = (index: number): string => new Date(beginning + index * 1000).toISOString()

/** Says what is to be stored because of an event; nothing for types that it does not handle. */
export type Reaction<R> = (event: AnyEvent, sequence: number) => Effect.Effect<ReadonlyArray<Draft>, never, R>

/** An event without its time. */
export interface Draft {
  readonly source: string
  readonly cause: { readonly id: string; readonly runid: string; readonly correlationid: string }
  readonly ordinal: number
  readonly event: NewEvent
}

const consumes = <T extends EventType>(types: ReadonlyArray<T>, event: AnyEvent): event is AnyEvent & EventOf<T> =>
  types.some((type) => type === event.type)

/** An actor, whose hopeless failures are parked. */
export const actor =
  <T extends EventType, E extends { readonly message: string }, R>(hosted: Actor<T, E, R>): Reaction<R> =>
  (event, sequence) =>
    consumes(hosted.consumes, event)
      ? hosted.handle(event).pipe(
          Effect.map((events) =>
            events.map((emitted, ordinal) => ({
              source: actorSource(hosted.name, hosted.version),
              cause: { id: event.id, runid: event.runid, correlationid: event.correlationid },
              ordinal,
              event: emitted
            }))
          ),
          Effect.catch((error) => Effect.succeed([parked(hosted, event, sequence, error.message)]))
        )
      : Effect.succeed([])

const parked = (
  { name, version }: { readonly name: string; readonly version: string },
  event: AnyEvent,
  sequence: number,
  error: string
): Draft => ({
  source: actorSource("host", "1"),
  cause: { id: `${name}:${event.id}:parked`, runid: event.runid, correlationid: event.correlationid },
  ordinal: 1,
  event: {
    type: "MessageParked",
    subject: event.subject,
    data: {
      actor: name,
      actorVersion: version,
      eventType: event.type,
      eventId: event.id,
      sequence,
      ...("trajectoryId" in event.data ? { trajectoryId: event.data.trajectoryId } : {}),
      attempts: 1,
      error
    }
  }
})

/** A process manager with its state. */
export const manager = <State, T extends EventType>(hosted: ProcessManager<State, T>): Reaction<never> => {
  let state = hosted.init()
  return (event) =>
    Effect.sync(() => {
      if (!consumes(hosted.consumes, event)) return []
      state = hosted.evolve(state, event)
      return hosted
        .decide(state, event)
        .map((decision) => ({ source: actorSource(hosted.name, hosted.version), ...decision }))
    })
}

/** Reacts to the events of some runs only. */
export const inRuns =
  <R>(isIn: (runId: string) => boolean, reaction: Reaction<R>): Reaction<R> =>
  (event, sequence) =>
    isIn(event.runid) ? reaction(event, sequence) : Effect.succeed([])

/** Stores the events and all that follows from them, each once, in the order in which they came. */
export const simulate = Effect.fnUntraced(function* <R>(
  given: ReadonlyArray<AnyEvent>,
  reactions: ReadonlyArray<Reaction<R>>
) {
  const log = [...given]
  const ids = new Set(log.map(({ id }) => id))
  for (let next = 0; next < log.length; next++) {
    const event = log[next]
    if (event === undefined) break
    for (const react of reactions) {
      for (const draft of yield* react(event, next + 1)) {
        const stored = complete(draft, log.length)
        if (ids.has(stored.id)) continue
        ids.add(stored.id)
        log.push(stored)
      }
    }
  }
  return log
})

/** The event of a draft at its place in the log. */
export const complete = ({ source, cause, ordinal, event }: Draft, index: number): AnyEvent =>
  makeEvent(event, {
    source,
    runid: cause.runid,
    causationid: cause.id,
    correlationid: cause.correlationid,
    ordinal,
    time: timeAt(index)
  })
