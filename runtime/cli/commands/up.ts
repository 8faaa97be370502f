import { Effect, Layer, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import type { Settings } from "../../../config/settings.ts"
import { actorCounts } from "../../actor-host/actorMetrics.ts"
import { CurrentOutages, describeOutages } from "../../actor-host/outages.ts"
import { Broker } from "../../event-log/broker.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { loadRetriever } from "../../retrievers/retrievers.ts"
import { builtInNames, hostableNames } from "../../system/builtInActors.ts"
import { hostSystem } from "../../system/hostSystem.ts"
import { readRegistrations } from "../../system/registrations.ts"
import { actorServices } from "../../system/services.ts"
import { type ConfigFlags, configFlags, settingsOf } from "../configOptions.ts"
import { withLog } from "../root.ts"
import { note } from "../terminal.ts"

const status = Effect.fnUntraced(function* (actors: ReadonlyArray<string>) {
  const log = yield* EventLog
  const counts = yield* Effect.forEach(actors, (actor) =>
    Effect.map(
      actorCounts(actor),
      ({ handled, failed, parked }) =>
        `${actor} ${handled}${failed > 0 ? ` (${failed} failed)` : ""}${parked > 0 ? ` (${parked} parked)` : ""}`
    )
  )
  const outages = (yield* CurrentOutages).current()
  const waiting = outages.length > 0 ? [describeOutages(outages)] : []
  yield* note([`${yield* log.head} events`, ...waiting, ...counts].join(" · "))
})

/** Thrown when no actor has a name that was asked for. */
class NoSuchActor extends Schema.TaggedError<NoSuchActor>()("NoSuchActor", {
  actor: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `no actor "${this.actor}": there are ${this.known.join(", ")}`
  }
}

const checkNames = Effect.fnUntraced(function* (names: ReadonlyArray<string>, settings: Settings) {
  const known = [...hostableNames(settings), ...(yield* readRegistrations).keys()]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) return yield* new NoSuchActor({ actor: unknown, known })
})

/** Hosts actors until the process is told to stop; stops by itself only when nothing can be stored any more. */
const host = Effect.fnUntraced(function* (settings: Settings, only: ReadonlyArray<string> | undefined) {
  const { nc } = yield* Broker
  yield* checkNames(only ?? [], settings)
  // Only who searches needs the corpus in memory.
  const searches = only === undefined || only.includes("retrieval")
  const retrievers = searches ? [yield* loadRetriever(settings.retrieval.retriever)] : []
  const services = yield* Layer.build(actorServices(settings, retrievers))
  const failure = yield* hostSystem(settings, { only, retriever: retrievers[0] }).pipe(Effect.provideContext(services))
  const names = only ?? hostableNames(settings)
  yield* note(`Hosting ${names.join(", ")} on ${nc.getServer()} (NATS ${nc.info?.version ?? "?"}). Ctrl-C stops.`)
  const reporting = Effect.forever(Effect.andThen(Effect.sleep("10 seconds"), status(names)))
  return yield* Effect.raceFirst(failure, reporting)
}, Effect.scoped)

const hosting = (flags: Pick<ConfigFlags, "config" | "set">, only: ReadonlyArray<string> | undefined) =>
  Effect.flatMap(settingsOf(flags), (settings) => withLog(settings.broker)(host(settings, only)))

const { config, set } = configFlags

export const up = Command.make(
  "up",
  { config, set },
  Effect.fn("up")(function* (flags) {
    return yield* hosting(flags, undefined)
  })
).pipe(Command.withDescription("Host the whole system: broker, every actor, and the scorers that were added"))

export const worker = Command.make(
  "worker",
  {
    config,
    set,
    actors: Flag.String("actors").pipe(
      Flag.withMetavar("A,B"),
      Flag.withDescription(
        `Which actors: ${builtInNames.join(", ")}, student-judge where one is configured, or scorers that were added`
      )
    )
  },
  Effect.fn("worker")(function* ({ actors, ...flags }) {
    return yield* hosting(
      flags,
      actors.split(",").map((name) => name.trim())
    )
  })
).pipe(Command.withDescription("Host some actors and share their work with other processes"))
