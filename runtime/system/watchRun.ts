import { Deferred, Effect, Exit, Result, type Scope } from "effect"
import { progressOf, type RunProgress } from "../../actors/run-monitor/progress.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import { codec } from "../../events/codec.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"

/** How a run ended. */
export type RunEnd =
  | { readonly kind: "completed"; readonly result: DataOf<"RunCompleted"> }
  | { readonly kind: "failed"; readonly reason: string }

/** A run that is being watched. */
export interface WatchedRun {
  /** How far it is right now; undefined before its start was seen. */
  readonly progress: () => RunProgress | undefined
  /** Waits for its end. */
  readonly end: Effect.Effect<RunEnd>
}

const consumed = new Set<string>(runMonitor.consumes)
const isConsumed = (event: AnyEvent): event is EventOf<(typeof runMonitor.consumes)[number]> & AnyEvent =>
  consumed.has(event.type)

/** Folds the log as the run monitor does, for as long as the scope lives, to see how a run gets on. */
export const watchRun = (runId: string): Effect.Effect<WatchedRun, ReadError, EventLog | Scope.Scope> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const end = yield* Deferred.make<RunEnd>()
    let state = runMonitor.init()
    yield* log.follow({ types: runMonitor.consumes }, (message) => {
      const decoded = codec.decode(message.text())
      if (Result.isFailure(decoded) || decoded.success.runid !== runId) return
      const event = decoded.success
      if (isConsumed(event)) state = runMonitor.evolve(state, event)
      if (event.type === "RunCompleted") {
        Deferred.doneUnsafe(end, Exit.succeed({ kind: "completed", result: event.data }))
      } else if (event.type === "RunFailed") {
        Deferred.doneUnsafe(end, Exit.succeed({ kind: "failed", reason: event.data.reason }))
      }
    })
    return { progress: () => progressOf(state, runId), end: Deferred.await(end) }
  })
