import { getCompileCacheDir } from "node:module"
import { dirname } from "node:path"
import { Worker } from "node:worker_threads"
import { Deferred, Effect, Exit, Schema, type Scope } from "effect"
import { CorruptSegment } from "../segments/readSegment.ts"
import type { Answer, Assignment } from "./messages.ts"
import type { FoldedShare } from "./share.ts"

/** Thrown when a part of the log could not be folded: its thread ran out of memory, or a projection threw. */
export class ThreadError extends Schema.TaggedError<ThreadError>()("ThreadError", { detail: Schema.String }) {
  override get message(): string {
    return `a part of the log could not be folded: ${this.detail}`
  }
}

/** A worker thread, already loading its code, that folds one share. */
export interface Thread {
  /** `Part` is what the assigned task makes of a part. */
  readonly fold: <Part>(assignment: Assignment) => Effect.Effect<FoldedShare<Part>, ThreadError | CorruptSegment>
}

/** Starts a thread; it is gone when the scope closes. */
export const openThread: Effect.Effect<Thread, never, Scope.Scope> = Effect.gen(function* () {
  const answered = yield* Deferred.make<FoldedShare<unknown>, ThreadError | CorruptSegment>()
  const fail = (detail: string) => Deferred.doneUnsafe(answered, Exit.fail(new ThreadError({ detail })))
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL("./worker.ts", import.meta.url), { env: environment() })),
    (started) => Effect.promise(() => started.terminate())
  )
  worker.once("message", (answer: Answer) => Deferred.doneUnsafe(answered, exitOf(answer)))
  worker.once("error", (error) => fail(error instanceof Error ? error.message : String(error)))
  worker.once("exit", (code) => fail(`its thread ended with code ${code}`))
  return {
    fold: <Part>(assignment: Assignment) =>
      Effect.andThen(
        Effect.sync(() => worker.postMessage(assignment)),
        // The thread runs the same code, and so the same task.
        Deferred.await(answered) as Effect.Effect<FoldedShare<Part>, ThreadError | CorruptSegment>
      )
  }
})

/** Where compiled code is kept is not handed down by itself; it halves the time that a thread takes to start. */
const environment = (): NodeJS.ProcessEnv => {
  const cache = getCompileCacheDir()
  return cache === undefined ? process.env : { NODE_COMPILE_CACHE: dirname(cache), ...process.env }
}

const exitOf = (answer: Answer): Exit.Exit<FoldedShare<unknown>, ThreadError | CorruptSegment> => {
  switch (answer.kind) {
    case "folded":
      return Exit.succeed(answer.folded)
    case "corrupt":
      return Exit.fail(new CorruptSegment({ segment: answer.segment, detail: answer.detail }))
    case "failed":
      return Exit.fail(new ThreadError({ detail: answer.detail }))
  }
}
