import { Worker } from "node:worker_threads"
import { Effect, FileSystem, Queue, type Scope, Semaphore } from "effect"
import {
  type LegOutcome,
  type TrainingEngine,
  TrainingError,
  type TrainingLeg
} from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { requestedExamples } from "../examples/requestedExamples.ts"
import type { LegAnswer, LegOrder, TrainingOrder } from "./messages.ts"

/** The thread that trains, what it trains now, and what it says. */
interface TrainingThread {
  trainingId: string
  readonly worker: Worker
  readonly answers: Queue.Queue<LegAnswer>
}

/**
 * Trains policies in a thread of this process, one at a time: training uses all cores. The thread stays, so that the next leg of
 * a training goes on where this one ended, and the next training finds compiled what it shares with the last; a leg that was
 * told before is trained again from its checkpoint.
 *
 * The same leg gives the same weights to the bit on one machine with one number of cores.
 */
export const localEngine: Effect.Effect<
  TrainingEngine["Service"]["train"],
  never,
  FileSystem.FileSystem | Scope.Scope
> = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const turn = yield* Semaphore.make(1)
  let thread: TrainingThread | undefined
  const stop = Effect.suspend(() => {
    const ended = thread
    thread = undefined
    return ended === undefined ? Effect.void : Effect.asVoid(Effect.promise(() => ended.worker.terminate()))
  })
  yield* Effect.addFinalizer(() => stop)

  const threadOf = Effect.fnUntraced(function* (request: TrainingRequest) {
    if (thread?.trainingId === request.trainingId) return thread
    const examples = yield* requestedExamples(request.objective.kind, request).pipe(
      Effect.provideService(FileSystem.FileSystem, files)
    )
    thread ??= startThread()
    thread.trainingId = request.trainingId
    const order: TrainingOrder = { kind: "training", data: { request, examples } }
    thread.worker.postMessage(order)
    return thread
  })

  const train = Effect.fn("localEngine.train")(function* ({ from, request }: TrainingLeg) {
    const { answers, worker } = yield* threadOf(request)
    const order: LegOrder = { kind: "leg", from }
    yield* Effect.sync(() => worker.postMessage(order))
    return yield* outcomeOf(request.trainingId, answers)
  })
  return (leg) => turn.withPermit(Effect.onError(train(leg), () => stop))
})

const startThread = (): TrainingThread => {
  const answers = Effect.runSync(Queue.unbounded<LegAnswer>())
  const tell = (answer: LegAnswer) => Queue.offerUnsafe(answers, answer)
  const worker = new Worker(new URL("./worker.ts", import.meta.url))
  worker.on("message", tell)
  worker.on("error", (error) =>
    tell({ kind: "failed", detail: `the training thread failed: ${messageOf(error)}`, retryable: true })
  )
  worker.on("exit", (code) =>
    tell({ kind: "failed", detail: `the training thread ended with code ${code}`, retryable: true })
  )
  return { trainingId: "", worker, answers }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Hears a thread out until its leg has ended. */
const outcomeOf = Effect.fnUntraced(function* (
  trainingId: string,
  answers: Queue.Queue<LegAnswer>
): Effect.fn.Return<LegOutcome, TrainingError> {
  const watch = yield* TrainingProgress
  while (true) {
    const answer = yield* Queue.take(answers)
    if (answer.kind === "done") return answer.outcome
    if (answer.kind === "failed") {
      return yield* new TrainingError({ detail: answer.detail, retryable: answer.retryable })
    }
    yield* watch(trainingId, answer.report)
  }
})
