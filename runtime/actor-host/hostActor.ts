import { Cause, Deferred, Effect, Exit, FiberSet, Result, type Scope } from "effect"
import type { Actor } from "../../actors/actor.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"
import { eventsOfType, retrySubject } from "../../events/subjects.ts"
import { Broker } from "../event-log/broker.ts"
import { AppendError, type ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { deadLetterStream, eventStream } from "../event-log/streams.ts"
import { now } from "../now.ts"
import { actorMetrics } from "./actorMetrics.ts"
import { durableOf } from "./durable.ts"
import { describe, isHopeless, oneLine } from "./failure.ts"
import { type Delivery, makeHands } from "./hands.ts"
import { type Origin, originInLog, originOfRetry, park } from "./parking.ts"
import type { HostSettings } from "./settings.ts"
import { subscribe } from "./subscription.ts"
import { Turns } from "./turns.ts"
import { waitForServer } from "./waitForServer.ts"

/**
 * How many times `maxDeliver` a message may come before it is taken for what ends the process: all that wait in hand when a
 * process is killed come again, though only one of them can have done it.
 */
const innocence = 4

/** Which of an actor's messages a host takes. */
export interface Share {
  /** Where it begins when nobody has hosted it before; the beginning of the log when absent. */
  readonly deliver?: "all" | "new" | number
  /** What the host works with, where hosts of one actor may differ; absent where they can't. */
  readonly work?: {
    /** Hexadecimal: the same for hosts that work with the same. */
    readonly id: string
    /** Whether a run is to be worked on with it; another run's messages are passed over. */
    readonly isFor: (runId: string) => Effect.Effect<boolean, ReadError, EventLog>
  }
}

const isType = <T extends EventType>(event: AnyEvent, types: ReadonlyArray<T>): event is AnyEvent & EventOf<T> =>
  types.some((type) => type === event.type)

/**
 * Runs an actor for as long as the scope lives.
 *
 * Every process that hosts the actor with the same work shares its durable consumers, one for each event type. A message is
 * acknowledged after the events it caused are stored. A failure is retried with back-off; a hopeless one, or the last of
 * `maxDeliver`, parks the message, and so does a message that can't be read. While a server that it needs is away, a message
 * waits in hand, and is parked only after `patience`.
 *
 * When the scope closes, no more is asked for, what waits its turn is given back at once, and what is being handled has
 * `grace` to finish before it is interrupted and given back too.
 *
 * `fatal` is completed when nothing can be stored any more (disk full, no permission): the host can't go on, and everything
 * unacknowledged stays with the broker.
 */
export const hostActor = <T extends EventType, E, R>(
  actor: Actor<T, E, R>,
  settings: HostSettings,
  fatal: Deferred.Deferred<never, AppendError>,
  { deliver = "all", work }: Share = {}
): Effect.Effect<void, ReadError, R | EventLog | Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { manager } = yield* Broker
    const metrics = actorMetrics(actor.name)
    const source = actorSource(actor.name, actor.version)

    const store = (cause: AnyEvent, events: ReadonlyArray<NewEvent>): Effect.Effect<unknown, AppendError> => {
      if (events.length === 0) return Effect.void
      const context = { source, runid: cause.runid, causationid: cause.id, correlationid: cause.correlationid }
      return Effect.flatMap(now, (time) =>
        log.append(events.map((event, ordinal) => makeEvent(event, { ...context, time, ordinal })))
      )
    }

    const settled = { kind: "settled" } as const
    const give = Effect.fnUntraced(function* (
      delivery: Delivery,
      origin: Origin,
      event: AnyEvent | undefined,
      error: string
    ) {
      yield* park(actor, origin, delivery, event, error)
      yield* metrics.parked
      return settled
    })

    const stopping = yield* Deferred.make<void>()

    /** Handles one delivery as far as it gets: succeeds with how to answer it. */
    const attempt = Effect.fnUntraced(function* (delivery: Delivery, origin: Origin) {
      const { deliveries } = delivery
      if (work !== undefined && !(yield* work.isFor(origin.runId))) return { kind: "passed" } as const
      const decoded = log.decode({ sequence: origin.sequence, text: delivery.text })
      if (Result.isFailure(decoded)) return yield* give(delivery, origin, undefined, oneLine(decoded.failure.message))
      const event = decoded.success
      if (!isType(event, actor.consumes)) return settled
      if (deliveries > settings.maxDeliver * innocence) {
        return yield* give(delivery, origin, event, `the process ended ${deliveries - 1} times while it was handled`)
      }
      const begun = performance.now()
      const handling = Effect.flatMap(
        Effect.suspend(() => actor.handle(event)),
        (events) => store(event, events)
      )
      const waited = yield* waitForServer(handling, settings.patience, Deferred.await(stopping))
      if (waited.kind === "stopped") return { kind: "again", delay: 0 } as const
      if (waited.kind === "given-up") return yield* give(delivery, origin, event, waited.error)
      const { exit } = waited
      if (Exit.isSuccess(exit)) {
        yield* metrics.handled
        yield* metrics.took(performance.now() - begun)
        return settled
      }
      yield* metrics.failed
      const error = Cause.squash(exit.cause)
      if (error instanceof AppendError && error.reason === "refused") yield* Deferred.fail(fatal, error)
      else if (isHopeless(exit.cause) || deliveries >= settings.maxDeliver) {
        return yield* give(delivery, origin, event, describe(exit.cause))
      }
      const delay = settings.backoff[Math.min(deliveries, settings.backoff.length) - 1] ?? 1000
      yield* Effect.logDebug(`${actor.name} tries again in ${delay} ms: ${describe(exit.cause)}`)
      return { kind: "again", delay } as const
    })

    // Closed in the opposite order: nothing more is asked for, nothing more begins, what was begun may end, then it is interrupted.
    const hands = yield* makeHands(settings.ackWait)
    const fibers = yield* FiberSet.make<unknown, never>()
    const run = yield* FiberSet.runtime(fibers)<R | EventLog>()
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(fibers).pipe(Effect.timeout(settings.grace), Effect.ignore))
    const turns = new Turns(settings.concurrency)
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        Deferred.succeed(stopping, undefined),
        Effect.sync(() => turns.close())
      )
    )

    const receive = (delivery: Delivery, origin: Origin, after: Effect.Effect<void>) => {
      const work = attempt(delivery, origin).pipe(
        Effect.flatMap((answer) => {
          if (answer.kind === "again") return Effect.sync(() => delivery.nak(answer.delay))
          delivery.ack()
          return answer.kind === "passed" ? Effect.void : after
        }),
        // What must be parked could not be stored either: the message simply comes again.
        Effect.catchCause((cause) => {
          delivery.nak(1000)
          return Effect.logWarning(`${actor.name}: ${describe(cause)}`)
        }),
        Effect.onInterrupt(() => Effect.sync(() => delivery.nak(0))),
        Effect.ensuring(Effect.sync(() => turns.done()))
      )
      turns.take({ begin: () => void run(work), giveBack: () => delivery.nak(0) })
    }

    const common = { ackWait: settings.ackWait, window: settings.concurrency, deliver } as const
    for (const type of actor.consumes) {
      const durable = durableOf(actor.name, type, work?.id)
      yield* subscribe({ ...common, stream: eventStream, durable, filter: eventsOfType(type) }, hands, (delivery) =>
        receive(delivery, originInLog(delivery), Effect.void)
      )
    }
    const retries = {
      stream: deadLetterStream,
      durable: durableOf(actor.name, "retry", work?.id),
      filter: retrySubject(actor.name)
    }
    yield* subscribe({ ...common, ...retries, deliver: "all" }, hands, (delivery) => {
      const forget = Effect.tryPromise(() => manager.streams.deleteMessage(deadLetterStream, delivery.sequence, false))
      receive(delivery, originOfRetry(delivery), Effect.ignore(forget))
    })
  })
