import { Effect, type Scope, Stream } from "effect"
import type { Qwen2Config, Weights } from "../../qwen2/config.ts"
import { openEngineFrom } from "../engine.ts"
import type { EngineOptions } from "../engineOptions.ts"
import type { EngineError, GenerationChunk, GenerationEngine, GenerationJob } from "../generationEngine.ts"
import { characters, lively, smallConfig } from "./smallModel.ts"

/** A small model in an engine with one thread. Its token 95 ends texts unless told otherwise. */
export const smallEngine = (
  options: EngineOptions & {
    readonly config?: Qwen2Config
    readonly weights?: Weights
    readonly endOfText?: ReadonlyArray<number>
  } = {}
): Effect.Effect<GenerationEngine, EngineError, Scope.Scope> => {
  const { config = smallConfig(), endOfText = [], weights = lively(config), ...rest } = options
  return openEngineFrom({ name: "small", config, weights, text: characters, endOfText }, { threads: 1, ...rest })
}

/** What became of a sequence. */
export interface Outcome {
  readonly text: string
  readonly ids: ReadonlyArray<number>
  readonly logProbs: ReadonlyArray<number>
  readonly chunks: ReadonlyArray<GenerationChunk>
  readonly finished: Extract<GenerationChunk, { kind: "finished" }>
}

/** Generates a sequence to its end. */
export const complete = (engine: GenerationEngine, job: GenerationJob): Effect.Effect<Outcome, EngineError> =>
  Effect.map(Stream.runCollect(engine.generate(job)), (chunks) => {
    const told = chunks.flatMap((chunk) => (chunk.kind === "tokens" ? [chunk] : []))
    const tokens = told.flatMap((chunk) => chunk.tokens)
    const finished = chunks.at(-1)
    if (finished?.kind !== "finished") throw new Error("the sequence has no end")
    return {
      text: told.map(({ text }) => text).join(""),
      ids: tokens.map(({ id }) => id),
      logProbs: tokens.map(({ logProb }) => logProb),
      chunks,
      finished
    }
  })

export const completeAll = (engine: GenerationEngine, jobs: ReadonlyArray<GenerationJob>) =>
  Effect.forEach(jobs, (job) => complete(engine, job), { concurrency: "unbounded" })
