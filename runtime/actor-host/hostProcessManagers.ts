import { Cause, Clock, Deferred, Effect, Exit, Queue, Result, Schedule, type Scope } from "effect"
import type { Decision, ProcessManager } from "../../actors/processManager.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"
import type { AppendError, ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"

/** A process manager with its state, or somebody who only watches, ready to take any event. */
export interface Running {
  readonly types: ReadonlySet<string>
  readonly take: (event: AnyEvent) => ReadonlyArray<{ readonly decision: Decision; readonly source: string }>
}

/** Binds a manager to its state. */
export const runManager = <State, T extends EventType>(manager: ProcessManager<State, T>): Running => {
  let state = manager.init()
  const types = new Set<string>(manager.consumes)
  const source = actorSource(manager.name, manager.version)
  const consumes = (event: AnyEvent): event is AnyEvent & EventOf<T> => types.has(event.type)
  return {
    types: new Set<string>([...manager.consumes, ...manager.emits]),
    take: (event) => {
      if (!consumes(event)) return []
      state = manager.evolve(state, event)
      return manager.decide(state, event).map((decision) => ({ decision, source }))
    }
  }
}

const complete = (
  { decision, source }: { readonly decision: Decision; readonly source: string },
  time: string
): AnyEvent =>
  makeEvent(decision.event, {
    source,
    runid: decision.cause.runid,
    causationid: decision.cause.id,
    correlationid: decision.cause.correlationid,
    ordinal: decision.ordinal,
    time
  })

/**
 * Runs process managers over one reading of the log, for as long as the scope lives.
 *
 * Up to the head nothing is emitted: what a manager decides is noted by its id, and crossed out when the log itself shows
 * that id, since then it was emitted in an earlier life. What is left at the head is emitted, and from there on everything as
 * it is decided. So a restart repeats no work.
 *
 * An event that this release can't read is passed over here: an actor that consumes it parks it.
 *
 * `fatal` fails when an emission can never be stored, and dies when a manager throws or the log can't be read any more.
 */
export const hostProcessManagers = (
  managers: ReadonlyArray<Running>,
  fatal: Deferred.Deferred<never, AppendError>
): Effect.Effect<void, ReadError, EventLog | Scope.Scope> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const clock = yield* Clock.Clock
    const due = new Map<string, AnyEvent>()
    const outbox = yield* Queue.unbounded<AnyEvent>()
    let live = false

    const types = [...new Set(managers.flatMap((manager) => [...manager.types]))] as ReadonlyArray<EventType>
    const onEvent = (event: AnyEvent) => {
      due.delete(event.id)
      for (const manager of managers) {
        for (const decided of manager.take(event)) {
          const emitted = complete(decided, new Date(clock.currentTimeMillisUnsafe()).toISOString())
          if (live) Queue.offerUnsafe(outbox, emitted)
          else due.set(emitted.id, emitted)
        }
      }
    }
    const onFailure = (failure: Exit.Exit<never, ReadError>) =>
      void Deferred.doneUnsafe(fatal, Exit.die(Exit.isFailure(failure) ? Cause.squash(failure.cause) : undefined))
    yield* log.follow({ types, onFailure }, (message) => {
      const decoded = log.decode(message)
      if (Result.isSuccess(decoded)) onEvent(decoded.success)
    })
    // Synchronous from here to `live`: no event can come between.
    for (const event of due.values()) Queue.offerUnsafe(outbox, event)
    due.clear()
    live = true
    yield* Queue.takeAll(outbox).pipe(
      Effect.flatMap((events) =>
        Effect.retry(log.append(events), { while: ({ retryable }) => retryable, schedule: Schedule.spaced("1 second") })
      ),
      Effect.forever,
      Effect.catchTag("AppendError", (error) => Deferred.fail(fatal, error)),
      Effect.forkScoped
    )
  })
