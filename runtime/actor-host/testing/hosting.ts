import type { ConsumerInfo } from "@nats-io/jetstream"
import { Deferred, Effect, type Scope } from "effect"
import { type Actor, defineActor } from "../../../actors/actor.ts"
import { codec } from "../../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../../events/envelope.ts"
import type { EventType } from "../../../events/registry.ts"
import { Broker } from "../../event-log/broker.ts"
import type { AppendError, ReadError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { eventStream } from "../../event-log/streams.ts"
import { hostActor, type Share } from "../hostActor.ts"
import type { HostSettings } from "../settings.ts"

/** Settings under which everything happens soon. */
export const quick: HostSettings = {
  concurrency: 4,
  ackWait: 400,
  maxDeliver: 3,
  backoff: [20, 60],
  patience: 1000,
  grace: 2000
}

/** An actor that handles scores, by what it is given. */
export const scoreActor = <E>(
  name: string,
  handle: (event: EventOf<"QueryScored">) => Effect.Effect<ReadonlyArray<NewEvent>, E>
): Actor<"QueryScored", E> => defineActor({ name, version: "1", consumes: ["QueryScored"], handle })

/** Hosts an actor; returns what is completed when the host can't go on. */
export const host = <T extends EventType, E>(
  actor: Actor<T, E>,
  settings: Partial<HostSettings> = {},
  share: Share["deliver"] | Share = "new"
): Effect.Effect<Deferred.Deferred<never, AppendError>, ReadError, EventLog | Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const fatal = yield* Deferred.make<never, AppendError>()
    yield* hostActor(actor, { ...quick, ...settings }, fatal, typeof share === "object" ? share : { deliver: share })
    return fatal
  })

/** What actors answer with here: a verdict that names its ordinal and the scored query. */
export const verdict = (event: EventOf<"QueryScored">): Extract<NewEvent, { readonly type: "OutcomeScored" }> => ({
  type: "OutcomeScored",
  subject: event.data.queryId,
  data: {
    trajectoryId: event.data.trajectoryId,
    rootId: event.data.rootId,
    sample: event.data.round,
    branch: [],
    prediction: event.id,
    goldenAnswers: [],
    em: 1,
    f1: 1,
    precision: 1,
    recall: 1,
    acc: 1,
    formatOk: true
  }
})

/** Every event of the log that satisfies `wanted`, in order. */
export const stored = (
  wanted: (event: AnyEvent) => boolean
): Effect.Effect<ReadonlyArray<AnyEvent>, ReadError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const events: Array<AnyEvent> = []
    yield* log.read({}, (message) => {
      const decoded = codec.decode(message.text())
      if (decoded._tag === "Success" && wanted(decoded.success)) events.push(decoded.success)
    })
    return events
  })

/** Where a durable consumer of the log stands. */
export const consumerOf = (durable: string): Effect.Effect<ConsumerInfo, never, Broker> =>
  Effect.flatMap(Broker, ({ manager }) => Effect.promise(() => manager.consumers.info(eventStream, durable)))

/** The log with another way to append, for what happens when storing is slow or fails. */
export const withAppend =
  (
    change: (append: EventLog["Service"]["append"]) => EventLog["Service"]["append"]
  ): (<A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | EventLog>) =>
  (effect) =>
    Effect.flatMap(EventLog, (log) =>
      Effect.provideService(effect, EventLog, EventLog.of({ ...log, append: change(log.append) }))
    )
