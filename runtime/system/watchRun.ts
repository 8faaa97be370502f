import { Deferred, Effect, Exit } from "effect"
import { progressOf, type RunProgress } from "../../actors/run-monitor/progress.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import type { Running } from "../actor-host/hostProcessManagers.ts"

/** How a run ended. */
export type RunEnd =
  | { readonly kind: "completed"; readonly result: DataOf<"RunCompleted"> }
  | { readonly kind: "failed"; readonly reason: string }

/** A run that is being watched. */
export interface WatchedRun {
  /** Watches where process managers are hosted: it reads what they read, and emits nothing. */
  readonly watcher: Running
  /** How far it is right now; undefined before its start was seen. */
  readonly progress: () => RunProgress | undefined
  /** Waits for its end. */
  readonly end: Effect.Effect<RunEnd>
}

const consumed = new Set<string>(runMonitor.consumes)
const isConsumed = (event: AnyEvent): event is EventOf<(typeof runMonitor.consumes)[number]> & AnyEvent =>
  consumed.has(event.type)

const endOf = (event: AnyEvent): RunEnd | undefined => {
  if (event.type === "RunCompleted") return { kind: "completed", result: event.data }
  return event.type === "RunFailed" ? { kind: "failed", reason: event.data.reason } : undefined
}

/** Folds a run's events as the run monitor does, to see how it gets on. */
export const watchRun = (runId: string): Effect.Effect<WatchedRun> =>
  Effect.map(Deferred.make<RunEnd>(), (ended) => {
    let state = runMonitor.init()
    const take = (event: AnyEvent) => {
      if (event.runid === runId && isConsumed(event)) {
        state = runMonitor.evolve(state, event)
        const end = endOf(event)
        if (end !== undefined) Deferred.doneUnsafe(ended, Exit.succeed(end))
      }
      return []
    }
    return {
      watcher: { types: consumed, take },
      progress: () => progressOf(state, runId),
      end: Deferred.await(ended)
    }
  })
