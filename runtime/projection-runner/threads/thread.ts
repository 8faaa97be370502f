import { Worker } from "node:worker_threads"
import { Deferred, Effect, Exit, Schema, type Scope } from "effect"
import { CorruptSegment } from "../segments/readSegment.ts"
import type { FoldedPart } from "./foldPart.ts"
import type { Answer, Assignment } from "./messages.ts"

/** Thrown when a part of the log could not be folded: its thread ran out of memory, or a projection threw. */
export class ThreadError extends Schema.TaggedError<ThreadError>()("ThreadError", { detail: Schema.String }) {
  override get message(): string {
    return `a part of the log could not be folded: ${this.detail}`
  }
}

/** A worker thread, already loading its code, that folds one share. */
export interface Thread {
  readonly fold: (assignment: Assignment) => Effect.Effect<FoldedPart<unknown>, ThreadError | CorruptSegment>
}

/** Starts a thread; it is gone when the scope closes. */
export const openThread: Effect.Effect<Thread, never, Scope.Scope> = Effect.gen(function* () {
  const answered = yield* Deferred.make<FoldedPart<unknown>, ThreadError | CorruptSegment>()
  const fail = (detail: string) => Deferred.doneUnsafe(answered, Exit.fail(new ThreadError({ detail })))
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL("./worker.ts", import.meta.url))),
    (started) => Effect.promise(() => started.terminate())
  )
  worker.once("message", (answer: Answer) => Deferred.doneUnsafe(answered, exitOf(answer)))
  worker.once("error", (error) => fail(error instanceof Error ? error.message : String(error)))
  worker.once("exit", (code) => fail(`its thread ended with code ${code}`))
  return {
    fold: (assignment) =>
      Effect.andThen(
        Effect.sync(() => worker.postMessage(assignment)),
        Deferred.await(answered)
      )
  }
})

const exitOf = (answer: Answer): Exit.Exit<FoldedPart<unknown>, ThreadError | CorruptSegment> => {
  switch (answer.kind) {
    case "folded":
      return Exit.succeed(answer.folded)
    case "corrupt":
      return Exit.fail(new CorruptSegment({ segment: answer.segment, detail: answer.detail }))
    case "failed":
      return Exit.fail(new ThreadError({ detail: answer.detail }))
  }
}
