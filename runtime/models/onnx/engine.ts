import { basename, resolve } from "node:path"
import { Cause, Effect, Queue, Random, type Scope, Stream } from "effect"
import type { Qwen2Config, Weights } from "../qwen2/config.ts"
import { openTokenizer } from "../qwen2/tokenizer.ts"
import { problemOf } from "./checkJob.ts"
import { type EngineOptions, planEngine } from "./engineOptions.ts"
import {
  EngineError,
  type GenerationChunk,
  type GenerationEngine,
  type GenerationJob,
  type ModelText
} from "./generationEngine.ts"
import { type GenerationText, generationText } from "./generationText.ts"
import { describe, type LocatedModel, locateModel } from "./modelSource.ts"
import type { Load } from "./scheduling/scheduler.ts"
import { openThread } from "./thread/engineThread.ts"
import { type Report, unpacked } from "./thread/messages.ts"

/** A Qwen2 model in memory. */
export interface ModelInMemory {
  readonly name: string
  readonly config: Qwen2Config
  readonly weights: Weights
  readonly text: ModelText
  readonly endOfText: ReadonlyArray<number>
}

/**
 * Loads the model of a folder into a thread of its own, until the scope closes: a Qwen2 model in Hugging Face's layout, or a
 * causal language model in ONNX that others exported. The tokenizer is in the folder too.
 */
export const openEngine = Effect.fnUntraced(function* (
  folder: string,
  options: EngineOptions = {}
): Effect.fn.Return<GenerationEngine, EngineError, Scope.Scope> {
  const place = resolve(folder)
  const model = yield* locate(place, options)
  const text = yield* Effect.tryPromise({ try: () => openTokenizer(place), catch: failure })
  return yield* startEngine(basename(place), model, text, options)
})

/** Loads a model that is in memory, as `openEngine` does with that of a folder. The weights are copied. */
export const openEngineFrom = (
  { config, endOfText, name, text, weights }: ModelInMemory,
  options: EngineOptions = {}
): Effect.Effect<GenerationEngine, EngineError, Scope.Scope> =>
  startEngine(name, describe({ kind: "memory", config, weights }, config, endOfText), text, options)

const locate = (folder: string, { precision = "float32" }: EngineOptions) =>
  Effect.try({ try: () => locateModel(folder, precision), catch: failure })

const failure = (cause: unknown) => failed(cause instanceof Error ? cause.message : String(cause))

const failed = (detail: string) => new EngineError({ reason: "failed", detail })

type ChunkQueue = Queue.Queue<GenerationChunk, EngineError | Cause.Done>

/** A sequence that the thread has and that has not ended. */
interface Active {
  readonly queue: ChunkQueue
  readonly text: GenerationText
  readonly promptTokens: number
}

const startEngine = Effect.fnUntraced(function* (
  name: string,
  model: LocatedModel,
  text: ModelText,
  options: EngineOptions
): Effect.fn.Return<GenerationEngine, EngineError, Scope.Scope> {
  const { endOfText, maxPositions, vocabularySize } = model
  const plan = planEngine(options, model)
  const { cacheTokens, maxBatch } = plan.limits
  const active = new Map<number, Active>()
  const totals = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 }
  let load: Load = { running: 0, waiting: 0, cacheUsed: 0 }
  let death: EngineError | undefined
  let lastId = 0

  /** Hands chunks to whoever listens, and forgets the sequence with the last of them. */
  const emit = (id: number, { queue }: Active, chunks: ReadonlyArray<GenerationChunk>): void => {
    Queue.offerAllUnsafe(queue, chunks)
    if (chunks.at(-1)?.kind !== "finished") return
    active.delete(id)
    Queue.endUnsafe(queue)
  }

  const fail = (ids: Iterable<number>, error: EngineError): void => {
    for (const id of [...ids]) {
      const sequence = active.get(id)
      active.delete(id)
      if (sequence !== undefined) Queue.failCauseUnsafe(sequence.queue, Cause.fail(error))
    }
  }

  const advance = ({ drawn, ended, started }: Extract<Report, { readonly kind: "advanced" }>): void => {
    for (const { cachedTokens, id, promptLogProbs } of started) {
      const sequence = active.get(id)
      sequence?.text.start(cachedTokens, promptLogProbs)
      totals.promptTokens += sequence?.promptTokens ?? 0
      totals.cachedTokens += cachedTokens
    }
    for (const { id, token } of unpacked(drawn)) {
      const sequence = active.get(id)
      if (sequence === undefined) continue
      totals.completionTokens++
      emit(id, sequence, sequence.text.push(token))
      if (!active.has(id)) thread.send({ kind: "cancel", id })
    }
    for (const { end, id } of ended) {
      const sequence = active.get(id)
      if (sequence !== undefined) emit(id, sequence, sequence.text.end(end))
    }
  }

  const thread = yield* openThread(
    { source: model.source, precision: plan.precision, threads: plan.threads, endOfText, limits: plan.limits },
    (report) => {
      load = report.load
      if (report.kind === "advanced") advance(report)
      else fail(report.ids, failed(report.detail))
    },
    (error) => {
      death = error
      fail(active.keys(), error)
    }
  )

  const begin = Effect.fnUntraced(function* (job: GenerationJob, queue: ChunkQueue) {
    const problem = death ?? problemOf(job, { vocabularySize, maxPositions, cacheTokens })
    if (problem !== undefined) return yield* problem
    if (active.size >= maxBatch + plan.queueLimit) {
      const detail = `${active.size} sequences run or wait already; try again later`
      return yield* new EngineError({ reason: "busy", detail })
    }
    const seed = job.sampling.seed ?? (yield* Random.nextInt)
    const id = ++lastId
    active.set(id, { queue, text: generationText(job, text.decode, endOfText), promptTokens: job.prompt.length })
    thread.send({ kind: "generate", id, job: { ...job, seed } })
    return id
  })

  const giveUp = (id: number) =>
    Effect.sync(() => {
      if (active.delete(id)) thread.send({ kind: "cancel", id })
    })

  return {
    model: { name, vocabularySize, maxPositions, endOfText },
    text,
    generate: (job) => Stream.callback((queue: ChunkQueue) => Effect.acquireRelease(begin(job, queue), giveUp)),
    stats: Effect.sync(() => {
      const running = Math.min(load.running, active.size)
      const cacheUsed = active.size === 0 ? 0 : load.cacheUsed
      return { ...totals, running, waiting: active.size - running, cacheCapacity: cacheTokens, cacheUsed }
    }),
    updateWeights: Effect.fnUntraced(function* (folder) {
      const place = resolve(folder)
      const next = yield* locate(place, options)
      if (next.shape !== model.shape) {
        return yield* failed(`${place}: its model is of another shape than the one that runs; load it as a new one`)
      }
      yield* thread.update(next.source)
    })
  }
})
