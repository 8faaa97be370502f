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

/** Tokens in one array of numbers, which is quicker to hand over than objects. */
export interface DrawnTokens {
  /** For each token the sequence's id, its own, and its log-probability. */
  readonly numbers: Float64Array
  /** Alternatives by the place of the token, where some were asked for. */
  readonly top: ReadonlyArray<readonly [place: number, top: TokenLogProb["top"]]>
}

export const packed = (drawn: Progress["drawn"]): DrawnTokens => {
  const numbers = new Float64Array(drawn.length * 3)
  drawn.forEach(({ id, token }, place) => {
    numbers.set([id, token.id, token.logProb], place * 3)
  })
  return { numbers, top: drawn.flatMap(({ token: { top } }, place) => (top.length > 0 ? [[place, top] as const] : [])) }
}

export const unpacked = ({ numbers, top }: DrawnTokens): Progress["drawn"] => {
  const alternatives = new Map(top)
  return Array.from({ length: numbers.length / 3 }, (_, place) => {
    const [id = 0, token = 0, logProb = 0] = numbers.subarray(place * 3, place * 3 + 3)
    return { id, token: { id: token, logProb, top: alternatives.get(place) ?? [] } }
  })
}
