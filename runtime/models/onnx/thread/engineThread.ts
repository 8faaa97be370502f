import { getCompileCacheDir } from "node:module"
import { dirname } from "node:path"
import { Worker } from "node:worker_threads"
import { Deferred, Effect, Exit, type Scope } from "effect"
import { EngineError } from "../generationEngine.ts"
import type { ModelSource, Report, Request, ThreadSetup } from "./messages.ts"

/** What an engine's thread tells while it works. */
type Work = Extract<Report, { readonly kind: "advanced" | "failed" }>

/** A thread that has a model. */
export interface EngineThread {
  readonly send: (request: Extract<Request, { readonly kind: "generate" | "cancel" }>) => void
  readonly update: (source: ModelSource) => Effect.Effect<void, EngineError>
}

/** How long a thread may take to end its step and release its model before it is stopped. */
const PATIENCE = "10 seconds"

/**
 * Starts a thread with a model, and ends it with the scope. Fails when the model can't be opened.
 *
 * @param told is called with every report of its work
 * @param died is called at most once, when the thread ended by itself
 */
export const openThread = Effect.fnUntraced(function* (
  setup: ThreadSetup,
  told: (work: Work) => void,
  died: (error: EngineError) => void
): Effect.fn.Return<EngineThread, EngineError, Scope.Scope> {
  const opened = yield* Deferred.make<void, EngineError>()
  const ended = yield* Deferred.make<void>()
  const updates: Array<Deferred.Deferred<void, EngineError>> = []

  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL("./worker.ts", import.meta.url), { workerData: setup, env: environment() })),
    (started) =>
      Effect.sync(() => started.postMessage({ kind: "close" } satisfies Request)).pipe(
        Effect.andThen(Deferred.await(ended)),
        Effect.timeoutOption(PATIENCE),
        Effect.andThen(Effect.promise(() => started.terminate()))
      )
  )

  const fail = (detail: string): void => {
    const error = failed(detail)
    Deferred.doneUnsafe(opened, Exit.fail(error))
    for (const update of updates.splice(0)) Deferred.doneUnsafe(update, Exit.fail(error))
    died(error)
  }
  worker.on("message", (report: Report) => {
    switch (report.kind) {
      case "opened":
        return Deferred.doneUnsafe(opened, Exit.void)
      case "refused":
        return fail(report.detail)
      case "updated": {
        const update = updates.shift()
        const { failure } = report
        if (update !== undefined) {
          Deferred.doneUnsafe(update, failure === undefined ? Exit.void : Exit.fail(failed(failure)))
        }
        return
      }
      default:
        return told(report)
    }
  })
  worker.once("error", (error) => fail(error instanceof Error ? error.message : String(error)))
  worker.once("exit", (code) => {
    fail(`the thread of the model ended with code ${code}`)
    Deferred.doneUnsafe(ended, Exit.void)
  })

  yield* Deferred.await(opened)
  return {
    send: (request) => worker.postMessage(request),
    update: Effect.fnUntraced(function* (source) {
      const answer = yield* Deferred.make<void, EngineError>()
      updates.push(answer)
      worker.postMessage({ kind: "update", source } satisfies Request)
      yield* Deferred.await(answer)
    })
  }
})

const failed = (detail: string) => new EngineError({ reason: "failed", detail })

/** Where compiled code is kept is not handed down by itself; it halves the time that a thread takes to start. */
const environment = (): NodeJS.ProcessEnv => {
  const cache = getCompileCacheDir()
  return cache === undefined ? process.env : { NODE_COMPILE_CACHE: dirname(cache), ...process.env }
}
