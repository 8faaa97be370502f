import { Schema } from "effect"
import { type Random, seededRandom } from "../random.ts"
import { type LinearLayer, type linearNames, linears, type Qwen2Config, sizeOf, type Weights } from "./config.ts"

/** A linear layer by the last part of its name. */
export type LinearName = (typeof linearNames)[number]

/** A low-rank adapter (LoRA, arXiv 2106.09685): beside each target with weight W it learns B and A, for W + alpha/rank · B·A. */
export interface LoraConfig {
  readonly rank: number
  readonly alpha: number
  /** In every decoder layer. */
  readonly targets: ReadonlyArray<LinearName>
}

/** An adapter's values by PEFT's names, such as `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. */
export interface Adapter {
  readonly lora: LoraConfig
  readonly weights: Weights
}

/** PEFT's names of the factors for a linear layer: A is `[rank, in]`, B is `[out, rank]`. */
export const loraNames = (linear: string): { readonly a: string; readonly b: string } => ({
  a: `base_model.model.${linear}.lora_A.weight`,
  b: `base_model.model.${linear}.lora_B.weight`
})

/** The linear layers that an adapter changes, in the model's order. */
export const adaptedLinears = (config: Qwen2Config, { targets }: LoraConfig): ReadonlyArray<LinearLayer> =>
  linears(config).filter(({ name }) => targets.some((target) => name.endsWith(`.${target}`)))

/** Every value of an adapter with its shape, in the model's order, A before B. */
export const adapterShapes = (
  config: Qwen2Config,
  lora: LoraConfig
): Readonly<Record<string, ReadonlyArray<number>>> => {
  const shapes = adaptedLinears(config, lora).flatMap((linear) => {
    const { a, b } = loraNames(linear.name)
    return [
      [a, [lora.rank, linear.in]],
      [b, [linear.out, lora.rank]]
    ] as const
  })
  return Object.fromEntries(shapes)
}

/**
 * An adapter that changes nothing yet, as PEFT begins: B is 0; A is uniform within ±1/√in, which is what PyTorch calls
 * `kaiming_uniform_(a=√5)`. The same seed gives the same bits.
 */
export const initializeAdapter = (config: Qwen2Config, lora: LoraConfig, seed: number): Adapter => {
  const factors = adaptedLinears(config, lora).flatMap((linear) => {
    const { a, b } = loraNames(linear.name)
    return [
      [a, uniform(lora.rank * linear.in, 1 / Math.sqrt(linear.in), seededRandom(seed, a))],
      [b, new Float32Array(linear.out * lora.rank)]
    ] as const
  })
  return { lora, weights: Object.fromEntries(factors) }
}

const uniform = (length: number, bound: number, random: Random): Float32Array =>
  new Float32Array(length).map(() => (2 * random.uniform() - 1) * bound)

/** What is wrong with an adapter for a model, in one line; undefined when its values are those that its configuration wants. */
export const misfit = (config: Qwen2Config, { lora, weights }: Adapter): string | undefined => {
  const shapes = adapterShapes(config, lora)
  const wrong = Object.entries(shapes).find(([name, shape]) => weights[name]?.length !== sizeOf(shape))
  if (wrong !== undefined) {
    const [name, shape] = wrong
    return `${name} has ${weights[name]?.length ?? "no"} numbers, but the model needs [${shape}]`
  }
  const unexpected = Object.keys(weights).find((name) => !(name in shapes))
  return unexpected === undefined ? undefined : `${unexpected} belongs to no target in the model`
}

/** Thrown when an adapter is merged into weights that are not those of the model it was made for. */
export class AdapterMismatch extends Schema.TaggedError<AdapterMismatch>()("AdapterMismatch", {
  linear: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the adapter is for another model: ${this.linear} ${this.detail}`
  }
}

/** All parameters of a model with the adapter merged in; those it does not change are the same arrays. */
export const mergeAdapter = (weights: Weights, adapter: Adapter): Weights => {
  for (const name of Object.keys(adapter.weights)) {
    const linear = name.replace(/^base_model\.model\./, "").replace(/\.lora_[AB]\.weight$/, "")
    if (!(`${linear}.weight` in weights)) throw new AdapterMismatch({ linear, detail: "is not in the model" })
  }
  return Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [name, mergeParameter(name, values, adapter)])
  )
}

/**
 * One parameter of a model with the adapter merged in: W + alpha/rank · B·A, computed in double precision and rounded once, for
 * the weight of a target; the same array for any other.
 */
export const mergeParameter = (name: string, values: Float32Array, { lora, weights }: Adapter): Float32Array => {
  const linear = name.replace(/\.weight$/, "")
  const names = loraNames(linear)
  const [a, b] = [weights[names.a], weights[names.b]]
  if (a === undefined || b === undefined) return values
  const [columns, rows] = [a.length / lora.rank, b.length / lora.rank]
  if (rows * columns !== values.length) {
    const detail = `has ${values.length} numbers, but the adapter changes [${rows},${columns}]`
    throw new AdapterMismatch({ linear, detail })
  }
  return withProduct(values, { a, b, lora })
}

/** Rows of A that are added in one pass over a row of the result. */
const together = 4

const withProduct = (
  values: Float32Array,
  { a, b, lora }: { readonly a: Float32Array; readonly b: Float32Array; readonly lora: LoraConfig }
): Float32Array => {
  const { rank, alpha } = lora
  const columns = a.length / rank
  const merged = new Float32Array(values.length)
  const change = new Float64Array(columns)
  const factor = (row: number, k: number) => (k < rank ? ((b[row * rank + k] ?? 0) * alpha) / rank : 0)
  for (let row = 0; row * columns < values.length; row++) {
    change.fill(0)
    for (let k = 0; k < rank; k += together) {
      const [f0, f1, f2, f3] = [factor(row, k), factor(row, k + 1), factor(row, k + 2), factor(row, k + 3)]
      const a0 = k * columns
      // Beyond the last row its factor is 0: any row of A will do.
      const a1 = Math.min(k + 1, rank - 1) * columns
      const a2 = Math.min(k + 2, rank - 1) * columns
      const a3 = Math.min(k + 3, rank - 1) * columns
      for (let i = 0; i < columns; i++) {
        const first = f0 * (a[a0 + i] ?? 0) + f1 * (a[a1 + i] ?? 0)
        change[i] = (change[i] ?? 0) + first + f2 * (a[a2 + i] ?? 0) + f3 * (a[a3 + i] ?? 0)
      }
    }
    const from = row * columns
    for (let i = 0; i < columns; i++) merged[from + i] = (values[from + i] ?? 0) + (change[i] ?? 0)
  }
  return merged
}
