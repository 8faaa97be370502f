import { Effect } from "effect"
import type { Actor } from "../../actors/actor.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"
import { typeOfSubject } from "../../events/subjects.ts"
import type { AppendError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { now } from "../now.ts"
import { deadLetter, retriedLetter } from "./deadLetters.ts"
import type { Delivery } from "./hands.ts"

/** What a message is about, as far as that can be told without reading it. */
export interface Origin {
  /** Type, run and position in the log of the event. */
  readonly eventType: string
  readonly runId: string
  readonly sequence: number
  /** Tells apart the deliveries from the log and those of each replay of a dead letter: each of them can be parked once. */
  readonly round: string
}

export const originInLog = ({ subject, sequence }: Delivery): Origin => ({
  eventType: typeOfSubject(subject),
  runId: subject.slice(subject.lastIndexOf(".") + 1),
  sequence,
  round: "log"
})

export const originOfRetry = ({ header, sequence }: Delivery): Origin => ({
  ...retriedLetter(header),
  round: `retry ${sequence}`
})

const trajectoryOf = (event: AnyEvent | undefined): string | undefined =>
  event !== undefined && "trajectoryId" in event.data ? event.data.trajectoryId : undefined

/**
 * Parks a message that an actor could not handle: first in the dead letters, then as a `MessageParked`. Only then may it be
 * acknowledged, so no crash can lose it; a crash in between parks it again under the same ids.
 */
export const park = Effect.fnUntraced(function* (
  actor: Pick<Actor<EventType>, "name" | "version">,
  origin: Origin,
  delivery: Pick<Delivery, "deliveries" | "text">,
  event: AnyEvent | undefined,
  error: string
): Effect.fn.Return<void, AppendError, EventLog> {
  const log = yield* EventLog
  const { eventType, runId, sequence, round } = origin
  const trajectoryId = trajectoryOf(event)
  const attempts = delivery.deliveries
  const letter = { actor: actor.name, runId, eventType, sequence, attempts, error, body: delivery.text() }
  yield* log.appendRaw([deadLetter(letter, round)])
  const parked: NewEvent = {
    type: "MessageParked",
    subject: event?.subject ?? actor.name,
    data: {
      actor: actor.name,
      actorVersion: actor.version,
      eventType,
      sequence,
      attempts,
      error,
      ...(event === undefined ? {} : { eventId: event.id }),
      ...(trajectoryId === undefined ? {} : { trajectoryId })
    }
  }
  const context = {
    source: actorSource("host", "1"),
    runid: runId,
    causationid: `${actor.name}:${event?.id ?? sequence}:${round}:parked`,
    correlationid: event?.correlationid ?? actor.name,
    ordinal: 0,
    time: yield* now
  }
  yield* log.append([makeEvent(parked, context)])
  yield* Effect.logWarning(`${actor.name} parked ${eventType} at ${sequence} after ${attempts} attempts: ${error}`)
})
