import { DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream"
import { Deferred, Duration, Effect, Schema } from "effect"
import { student, teacher } from "../../actors/reward-judge/llmJudge.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import { eventsOfType, systemRunId } from "../../events/subjects.ts"
import { durableOf } from "../actor-host/durable.ts"
import { hostActor } from "../actor-host/hostActor.ts"
import { type ActorStanding, actorStandings } from "../actor-host/lag.ts"
import { defaultHostSettings } from "../actor-host/settings.ts"
import { ensureConsumer } from "../actor-host/subscription.ts"
import { Broker } from "../event-log/broker.ts"
import { type AppendError, ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { eventStream } from "../event-log/streams.ts"
import { now } from "../now.ts"
import { builtInNames } from "./builtInActors.ts"
import {
  type LoadedScorer,
  loadScorer,
  type Registration,
  readRegistrationHistory,
  readRegistrations,
  standingRegistrations
} from "./registrations.ts"

/** Thrown when a name can't be registered or retired as things stand. */
export class RegistrationError extends Schema.TaggedError<RegistrationError>()("RegistrationError", {
  actor: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.actor}: ${this.detail}`
  }
}

const source = actorSource("command-actors", "1")

/** Names that scores and durable consumers of the built-in actors already bear. */
const taken: ReadonlyArray<string> = [
  ...builtInNames,
  ...[teacher, student].flatMap(({ actor, scorer }) => [actor, scorer]),
  "novelty",
  "host"
]

const append = Effect.fnUntraced(function* (event: NewEvent, causationid: string) {
  const log = yield* EventLog
  const time = yield* now
  const context = { source, runid: systemRunId, causationid, correlationid: event.subject, ordinal: 0, time }
  yield* log.append([makeEvent(event, context)])
})

/**
 * Removes a durable consumer that was made for new events alone: it can't go back, so it has to be made anew. What of it is in
 * hand somewhere comes again, and is scored under the same ids.
 */
const removeUnlessFromBeginning = (manager: JetStreamManager, durable: string): Effect.Effect<void, ReadError> =>
  Effect.tryPromise({
    try: async () => {
      const info = await manager.consumers.info(eventStream, durable).catch(() => undefined)
      if (info === undefined || info.config.deliver_policy === DeliverPolicy.All) return
      await manager.consumers.delete(eventStream, durable)
    },
    catch: (cause) => new ReadError({ detail: `consumer ${durable} can't start anew: ${String(cause)}` })
  })

/**
 * The module of another program that ever bore the name, retired or not. Scores are known by the scorer's name alone, and the
 * first one of a query counts: two programs under one name would mix theirs, whatever their versions say.
 */
const otherProgram = (
  history: ReadonlyArray<AnyEvent>,
  { actor, sha256 }: LoadedScorer
): Registration["module"] | undefined =>
  history
    .flatMap((event) =>
      event.type === "ActorRegistered" && event.data.actor === actor.name ? [event.data.module] : []
    )
    .find((module) => module.sha256 !== sha256)

/**
 * Registers the scorer of a file: every running system hosts it from now on. Its durable consumer is made here, so that it
 * misses nothing that is stored from this moment; with `backfill` it starts at the beginning of the log, also when the scorer
 * was added without it before. A scorer that was retired comes back this way, and only as the program that it was.
 */
export const addActor = Effect.fn("addActor")(function* (file: string, backfill: "all" | "none") {
  const { manager } = yield* Broker
  const loaded = yield* loadScorer(file)
  const { actor, path, sha256 } = loaded
  if (taken.includes(actor.name)) {
    return yield* new RegistrationError({ actor: actor.name, detail: "the name is taken; give the scorer another one" })
  }
  const history = yield* readRegistrationHistory
  const other = otherProgram(history, loaded)
  if (other !== undefined) {
    const detail = `registered from ${other.path} with other contents; its scores lie in the log, so give the changed scorer another name`
    return yield* new RegistrationError({ actor: actor.name, detail })
  }
  const registered = standingRegistrations(history).get(actor.name)
  for (const type of actor.consumes) {
    const { ackWait, concurrency } = defaultHostSettings
    const durable = durableOf(actor.name, type)
    const deliver = backfill === "all" ? "all" : "new"
    if (deliver === "all") yield* removeUnlessFromBeginning(manager, durable)
    yield* ensureConsumer(manager, {
      stream: eventStream,
      durable,
      filter: eventsOfType(type),
      deliver,
      ackWait,
      window: concurrency
    })
  }
  const { name, version, consumes } = actor
  const data = { actor: name, version, consumes, module: { path, sha256 }, backfill }
  const time = yield* now
  if (registered === undefined || (backfill === "all" && registered.backfill === "none"))
    yield* append({ type: "ActorRegistered", subject: name, data }, `register:${name}:${time}`)
  return loaded
})

/** Retires a registered scorer: its scores stay, new queries are not scored by it. */
export const retireActor = Effect.fn("retireActor")(function* (name: string, reason: string) {
  const registrations = yield* readRegistrations
  if (!registrations.has(name)) {
    const known = [...registrations.keys()].join(", ") || "none"
    return yield* new RegistrationError({
      actor: name,
      detail: `no registered scorer has this name; there are: ${known}`
    })
  }
  const time = yield* now
  yield* append({ type: "ActorRetired", subject: name, data: { actor: name, reason } }, `retire:${name}:${time}`)
})

const standingOf = (name: string) =>
  Effect.map(actorStandings, (standings) => standings.find(({ actor }) => actor === name))

const isCaughtUp = (standing: ActorStanding | undefined): boolean =>
  standing !== undefined && standing.lag + standing.inFlight === 0

/** How long a running system has to take a new scorer up before this process hosts it itself. */
const takeUpTime = Duration.seconds(3)

/**
 * Waits until a scorer has handled all that is in the log. When no running system takes it up, this process hosts it until
 * then. `onStanding` hears of every step.
 */
export const awaitBackfill = Effect.fn("awaitBackfill")(function* (
  { actor }: LoadedScorer,
  onStanding: (standing: ActorStanding) => void
) {
  const fatal = yield* Deferred.make<never, AppendError>()
  const wait = Effect.gen(function* () {
    while (true) {
      const standing = yield* standingOf(actor.name)
      if (standing !== undefined) onStanding(standing)
      if (isCaughtUp(standing)) return
      yield* Effect.sleep("200 millis")
    }
  })
  const hostHere = Effect.gen(function* () {
    yield* Effect.sleep(takeUpTime)
    const standing = yield* standingOf(actor.name)
    if (standing?.hosted === true || isCaughtUp(standing)) return yield* Effect.never
    yield* hostActor(actor, defaultHostSettings, fatal)
    return yield* Deferred.await(fatal)
  })
  yield* Effect.scoped(Effect.raceFirst(wait, hostHere))
})
