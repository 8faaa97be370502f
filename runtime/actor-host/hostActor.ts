import { Cause, Clock, Deferred, Effect, Exit, FiberSet, Result, type Scope } from "effect"
import type { Actor } from "../../actors/actor.ts"
import { codec, makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"
import { eventsOfType, retrySubject, typeOfSubject } from "../../events/subjects.ts"
import { Broker } from "../event-log/broker.ts"
import { AppendError, type ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { deadLetterStream, eventStream } from "../event-log/streams.ts"
import { actorMetrics } from "./actorMetrics.ts"
import { deadLetter, retriedSequence } from "./deadLetters.ts"
import type { HostSettings } from "./settings.ts"
import { type Delivery, subscribe } from "./subscription.ts"

/** Name of the durable consumer that all processes hosting an actor share. */
export const durableOf = (actor: string, type: string): string => `${actor}--${type}`

const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, 1000)

/** The first error of a cause in one line, with its kind. */
const describe = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

const isHopeless = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return typeof error === "object" && error !== null && "retryable" in error && error.retryable === false
}

const isType = <T extends EventType>(event: AnyEvent, types: ReadonlyArray<T>): event is AnyEvent & EventOf<T> =>
  types.some((type) => type === event.type)

const trajectoryOf = (event: AnyEvent | undefined): string | undefined =>
  event !== undefined && "trajectoryId" in event.data ? event.data.trajectoryId : undefined

/**
 * Runs an actor for as long as the scope lives.
 *
 * Every process that hosts the actor shares its durable consumers, one for each event type. A message is acknowledged after
 * the events it caused are stored. A failure is retried with back-off; a hopeless one, or the last of `maxDeliver`, parks the
 * message: first in the dead letters, then as a `MessageParked`, and only then it is acknowledged, so no crash can lose it.
 *
 * `fatal` is completed when nothing can be stored any more (disk full, no permission): the host can't go on, and everything
 * unacknowledged stays with the broker.
 */
export const hostActor = <T extends EventType, E, R>(
  actor: Actor<T, E, R>,
  settings: HostSettings,
  fatal: Deferred.Deferred<never, AppendError>,
  deliver: "all" | "new" = "all"
): Effect.Effect<void, ReadError, R | EventLog | Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { manager } = yield* Broker
    const metrics = actorMetrics(actor.name)
    const source = actorSource(actor.name, actor.version)

    const store = Effect.fnUntraced(function* (cause: AnyEvent, events: ReadonlyArray<NewEvent>) {
      if (events.length === 0) return
      const time = new Date(yield* Clock.currentTimeMillis).toISOString()
      const context = { source, runid: cause.runid, causationid: cause.id, correlationid: cause.correlationid, time }
      yield* log.append(events.map((event, ordinal) => makeEvent(event, { ...context, ordinal })))
    })

    const park = Effect.fnUntraced(function* (
      delivery: Delivery,
      sequence: number,
      event: AnyEvent | undefined,
      error: string
    ) {
      const eventType = event?.type ?? typeOfSubject(delivery.subject)
      const runId = event?.runid ?? delivery.subject.split(".").at(-1) ?? ""
      const attempts = delivery.deliveries
      const trajectoryId = trajectoryOf(event)
      yield* log.appendRaw([
        deadLetter({ actor: actor.name, runId, eventType, sequence, attempts, error, body: delivery.text() })
      ])
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
        causationid: `${actor.name}:${event?.id ?? sequence}:parked`,
        correlationid: event?.correlationid ?? actor.name,
        ordinal: attempts,
        time: new Date(yield* Clock.currentTimeMillis).toISOString()
      }
      yield* log.append([makeEvent(parked, context)])
      yield* metrics.parked
      yield* Effect.logWarning(`${actor.name} parked ${eventType} at ${sequence} after ${attempts} attempts: ${error}`)
    })

    /** Handles one delivery to its answer; `sequence` is the event's position in the log. */
    const attempt = Effect.fnUntraced(function* (delivery: Delivery, sequence: number) {
      const decoded = codec.decode(delivery.text())
      if (Result.isFailure(decoded)) {
        yield* park(delivery, sequence, undefined, decoded.failure.message)
        return delivery.ack()
      }
      const event = decoded.success
      if (!isType(event, actor.consumes)) return delivery.ack()
      if (delivery.deliveries > settings.maxDeliver) {
        yield* park(
          delivery,
          sequence,
          event,
          `the process ended ${delivery.deliveries - 1} times while it was handled`
        )
        return delivery.ack()
      }
      const begun = performance.now()
      const exit = yield* actor.handle(event).pipe(
        Effect.flatMap((events) => store(event, events)),
        Effect.exit
      )
      if (Exit.isSuccess(exit)) {
        delivery.ack()
        yield* metrics.handled
        return yield* metrics.took(performance.now() - begun)
      }
      if (Cause.hasInterruptsOnly(exit.cause)) return delivery.nak(0)
      yield* metrics.failed
      const error = Cause.squash(exit.cause)
      if (error instanceof AppendError && error.reason === "refused") {
        delivery.nak(1000)
        return yield* Deferred.fail(fatal, error)
      }
      if (isHopeless(exit.cause) || delivery.deliveries >= settings.maxDeliver) {
        yield* park(delivery, sequence, event, describe(exit.cause))
        return delivery.ack()
      }
      const delay = settings.backoff[Math.min(delivery.deliveries, settings.backoff.length) - 1] ?? 1000
      yield* Effect.logDebug(`${actor.name} tries again in ${delay} ms: ${describe(exit.cause)}`)
      delivery.nak(delay)
    })

    const fibers = yield* FiberSet.make<unknown, never>()
    const run = yield* FiberSet.runtime(fibers)<R | EventLog>()
    /** Storing what must be parked can fail too: then the message simply comes again. */
    const receive = (delivery: Delivery, sequence: number, after: Effect.Effect<void>) => {
      run(
        attempt(delivery, sequence).pipe(
          Effect.andThen(after),
          Effect.catchCause((cause) =>
            Effect.sync(() => delivery.nak(1000)).pipe(
              Effect.andThen(Effect.logWarning(`${actor.name}: ${describe(cause)}`))
            )
          ),
          Effect.onInterrupt(() => Effect.sync(() => delivery.nak(0)))
        )
      )
    }

    // Registered after the fibers and before the subscriptions, so on closing: no new messages, then wait, then interrupt.
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(fibers).pipe(Effect.timeout(settings.grace), Effect.ignore))
    const common = { ackWait: settings.ackWait, window: settings.concurrency, deliver } as const
    for (const type of actor.consumes) {
      yield* subscribe(
        { ...common, stream: eventStream, durable: durableOf(actor.name, type), filter: eventsOfType(type) },
        (delivery) => receive(delivery, delivery.sequence, Effect.void)
      )
    }
    yield* subscribe(
      {
        ...common,
        deliver: "all",
        stream: deadLetterStream,
        durable: durableOf(actor.name, "retry"),
        filter: retrySubject(actor.name)
      },
      (delivery) => {
        const forget = Effect.promise(() => manager.streams.deleteMessage(deadLetterStream, delivery.sequence, false))
        receive(delivery, retriedSequence(delivery.header), Effect.ignore(forget))
      }
    )
  })
