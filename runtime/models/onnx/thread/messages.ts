import type { Qwen2Config, Weights } from "../../qwen2/config.ts"
import type { TokenLogProb } from "../generationEngine.ts"
import type { WeightPrecision } from "../graph/linear.ts"
import type { Load, SchedulerLimits } from "../scheduling/scheduler.ts"
import type { Progress, SeededJob } from "../scheduling/sequence.ts"

/** Where the thread gets a model from. */
export type ModelSource =
  /** A folder in Hugging Face's layout with a Qwen2 model's weights. */
  | { readonly kind: "folder"; readonly folder: string }
  /** The file of a causal language model that someone exported to ONNX. */
  | { readonly kind: "onnx"; readonly file: string; readonly vocabularySize: number }
  | { readonly kind: "memory"; readonly config: Qwen2Config; readonly weights: Weights }

/** What the thread is started with. */
export interface ThreadSetup {
  readonly source: ModelSource
  readonly precision: WeightPrecision
  readonly threads: number
  readonly endOfText: ReadonlyArray<number>
  readonly limits: SchedulerLimits
}

/** What the thread is asked. */
export type Request =
  | { readonly kind: "generate"; readonly id: number; readonly job: SeededJob }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "update"; readonly source: ModelSource }
  | { readonly kind: "close" }

/** What it tells. */
export type Report =
  | { readonly kind: "opened" }
  /** The model could not be opened; the thread ends. */
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "advanced"
      readonly started: Progress["started"]
      readonly drawn: DrawnTokens
      readonly ended: Progress["ended"]
      readonly load: Load
    }
  | { readonly kind: "failed"; readonly ids: ReadonlyArray<number>; readonly detail: string; readonly load: Load }
  /** The answer to the oldest update that has none; without a failure the new weights are in use. */
  | { readonly kind: "updated"; readonly failure?: string }

/** Tokens in columns, which are quicker to hand over than objects. */
export interface DrawnTokens {
  /** Of the sequences. */
  readonly ids: Uint32Array
  readonly tokens: Uint32Array
  readonly logProbs: Float64Array
  /** By the place of the token; absent where no alternatives were asked for. */
  readonly top: ReadonlyMap<number, TokenLogProb["top"]>
}

export const inColumns = (drawn: Progress["drawn"]): DrawnTokens => ({
  ids: Uint32Array.from(drawn, ({ id }) => id),
  tokens: Uint32Array.from(drawn, ({ token }) => token.id),
  logProbs: Float64Array.from(drawn, ({ token }) => token.logProb),
  top: new Map(drawn.flatMap(({ token }, at) => (token.top.length > 0 ? [[at, token.top]] : [])))
})
