import { Deferred, Duration, Effect, Exit, Queue, Scope } from "effect"
import { actorSettings, type Settings } from "../../config/settings.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { hostActor } from "../actor-host/hostActor.ts"
import { hostProcessManagers, type Running } from "../actor-host/hostProcessManagers.ts"
import type { HostSettings } from "../actor-host/settings.ts"
import type { AppendError } from "../event-log/errors.ts"
import { builtInActors, builtInManagers } from "./builtInActors.ts"
import { evolveRegistrations, loadRegistered, type Registration } from "./registrations.ts"
import { makeShares } from "./shares.ts"
import type { RetrieverIdentity } from "./work.ts"

/** How the host runs an actor, by the configuration. */
export const hostSettings = (settings: Settings, actor: string): HostSettings => {
  const { concurrency, ackWait, maxDeliver, backoff, patience, grace } = actorSettings(settings, actor)
  return {
    concurrency,
    ackWait: Duration.toMillis(ackWait),
    maxDeliver,
    backoff: backoff.map(Duration.toMillis),
    patience: Duration.toMillis(patience),
    grace: Duration.toMillis(grace)
  }
}

/** What is hosted. */
export interface Hosting {
  /** Names of the actors and process managers; all of them when absent. */
  readonly only?: ReadonlyArray<string> | undefined
  /** What searches; needed where retrieval is hosted. */
  readonly retriever?: RetrieverIdentity | undefined
  /** Who reads what the process managers read. */
  readonly watchers?: ReadonlyArray<Running>
}

/**
 * Hosts actors and process managers in this process for as long as the scope lives: those named by `only`, or all of them;
 * scorers that were added live join and leave as their registrations come and go in the log.
 *
 * Each actor takes part in the runs that were started with what it works with here, and leaves other runs to other hosts.
 *
 * The returned effect fails when nothing can be stored any more, and never succeeds.
 */
export const hostSystem = Effect.fn("hostSystem")(function* (
  settings: Settings,
  { only, retriever, watchers = [] }: Hosting = {}
) {
  const fatal = yield* Deferred.make<never, AppendError>()
  const wanted = (name: string) => only === undefined || only.includes(name)

  const actors = builtInActors(settings).filter(({ name }) => wanted(name))
  const names = actors.map(({ name }) => name)
  const shareOf = yield* makeShares(names, settings, retriever)
  for (const { name, host } of actors) yield* host(hostSettings(settings, name), fatal, shareOf(name))
  yield* hostManagers(settings, { wanted, watchers }, fatal)
  return Deferred.await(fatal)
})

/**
 * Hosts the process managers, and the scorers that were added live, over one reading of the log; `fatal` is completed when nothing
 * can be stored any more.
 */
export const hostManagers = Effect.fn("hostManagers")(function* (
  settings: Settings,
  { wanted, watchers }: { readonly wanted: (name: string) => boolean; readonly watchers: ReadonlyArray<Running> },
  fatal: Deferred.Deferred<never, AppendError>
) {
  const added = yield* makeAdded(settings, wanted, fatal)
  const managers = builtInManagers.filter(({ name }) => wanted(name))
  yield* hostProcessManagers([...managers.map(({ start }) => start()), ...watchers, added.watcher], fatal)
  yield* added.host
})

const registering: ReadonlySet<string> = new Set(["ActorRegistered", "ActorRetired"])

/**
 * The scorers that were added live. `watcher` notes the registrations as they come; `host`, once all up to the head are known,
 * hosts each scorer in a scope of its own, closed when it is retired or replaced.
 *
 * It watches where the process managers read: an older server that is asked for two types sends everything, so one more
 * reading would cost as much as the log has bytes.
 */
const makeAdded = Effect.fnUntraced(function* (
  settings: Settings,
  wanted: (name: string) => boolean,
  fatal: Deferred.Deferred<never, AppendError>
) {
  const parent = yield* Effect.scope
  const changes = yield* Queue.unbounded<AnyEvent>()
  const running = new Map<string, { readonly registration: Registration; readonly scope: Scope.Closeable }>()
  let registrations: ReadonlyMap<string, Registration> = new Map()

  const stop = Effect.fnUntraced(function* (name: string) {
    const actor = running.get(name)
    running.delete(name)
    if (actor !== undefined) yield* Scope.close(actor.scope, Exit.void)
  })
  const start = Effect.fnUntraced(function* (registration: Registration) {
    const scope = yield* Scope.fork(parent)
    const name = registration.actor
    yield* loadRegistered(registration).pipe(
      Effect.flatMap(({ actor }) =>
        hostActor(actor, hostSettings(settings, name), fatal, {
          deliver: registration.backfill === "all" ? "all" : "new"
        })
      ),
      Scope.provide(scope),
      Effect.matchEffect({
        onSuccess: () => Effect.sync(() => running.set(name, { registration, scope })),
        onFailure: (error) => Effect.logWarning(`scorer ${name} does not run here: ${error.message}`)
      })
    )
  })
  const reconcile = Effect.gen(function* () {
    for (const [name, { registration }] of running) {
      if (registrations.get(name)?.module.sha256 !== registration.module.sha256) yield* stop(name)
    }
    for (const [name, registration] of registrations) {
      if (wanted(name) && !running.has(name)) yield* start(registration)
    }
  })

  const watcher: Running = {
    types: registering,
    take: (event) => {
      if (registering.has(event.type)) Queue.offerUnsafe(changes, event)
      return []
    }
  }
  const apply = (events: ReadonlyArray<AnyEvent>) => {
    registrations = events.reduce(evolveRegistrations, registrations)
    return reconcile
  }
  const host = Effect.gen(function* () {
    yield* Effect.flatMap(Queue.clear(changes), apply)
    yield* Queue.takeAll(changes).pipe(Effect.flatMap(apply), Effect.forever, Effect.forkScoped)
  })
  return { watcher, host }
})
