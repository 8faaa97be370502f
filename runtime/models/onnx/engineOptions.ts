import { availableParallelism } from "node:os"
import { roundCells } from "./cache/rowCache.ts"
import type { WeightPrecision } from "./graph/linear.ts"
import type { SchedulerLimits } from "./scheduling/scheduler.ts"

/** How an engine is to run; what is left out is chosen for the model and the machine. */
export interface EngineOptions {
  /** Threads that compute; one for models of fewer than 4 million parameters, otherwise as many as there are cores. */
  readonly threads?: number
  /** Sequences that are generated at the same time; 32. */
  readonly maxBatch?: number
  /** Sequences that wait for a place in the batch; 256. One more is refused as `busy`. */
  readonly queueLimit?: number
  /**
   * Tokens of the sequences that run, each counted as the longest of them with all tokens that it may still get. 1,024 for each
   * place in the batch, but at least one sequence of the model's full length. A token takes
   * 8 · layers · key-value heads · head size bytes.
   */
  readonly cacheTokens?: number
  /** Tokens of sequences that ended, kept for those that go on with the same beginning; as many as `cacheTokens`. */
  readonly prefixTokens?: number
  /** Tokens of prompts that are read between two steps of the sequences that are past theirs; 128. */
  readonly readingPiece?: number
  /**
   * Whether the same job gives the same tokens to the bit, whatever is generated beside it and was before; false. Prompts take longer,
   * since they are read whole and anew.
   */
  readonly reproducible?: boolean
  /** Of a Qwen2 model's weights; `float32`. Of a model in ONNX, which of its files is preferred. */
  readonly precision?: WeightPrecision
}

/** The options with everything decided. */
export interface EnginePlan {
  readonly threads: number
  readonly precision: WeightPrecision
  readonly queueLimit: number
  readonly limits: SchedulerLimits
}

/** Waking another thread takes longer than it saves with smaller models: on two cores they were a quarter slower. */
const FEWEST_PARAMETERS_TO_SHARE = 4e6

/** @param model `parameters` is undefined where their number is not known */
export const planEngine = (
  options: EngineOptions,
  {
    maxPositions,
    parameters = Number.POSITIVE_INFINITY
  }: { readonly maxPositions: number; readonly parameters?: number }
): EnginePlan => {
  const { maxBatch = 32, precision = "float32", queueLimit = 256, readingPiece = 128, reproducible = false } = options
  const enough = Math.max(roundCells(maxPositions), maxBatch * roundCells(Math.min(maxPositions, 1024)))
  const usual = parameters < FEWEST_PARAMETERS_TO_SHARE ? 1 : availableParallelism()
  const { cacheTokens = enough, threads = usual } = options
  return {
    threads,
    precision,
    queueLimit,
    limits: {
      longest: maxPositions,
      maxBatch,
      cacheTokens,
      prefixTokens: options.prefixTokens ?? cacheTokens,
      readingPiece,
      reproducible
    }
  }
}
