import { add, mul, reshape, type Tensor, type Tensor1D, transpose } from "@tensorflow/tfjs-core"
import { causalAttention, causalMask } from "../../tensors/operations/causalAttention.ts"
import { embed } from "../../tensors/operations/embed.ts"
import { linear } from "../../tensors/operations/linear.ts"
import { rmsNorm } from "../../tensors/operations/rmsNorm.ts"
import { type RotaryTable, rotary, rotaryTable } from "../../tensors/operations/rotary.ts"
import { swiGlu } from "../../tensors/operations/swiGlu.ts"
import type { Tensors } from "../../tensors/program.ts"
import { loraNames } from "./adapter.ts"
import type { Qwen2Config } from "./config.ts"

/** What the decoder computes with: its parameters by their Hugging Face names, and perhaps an adapter beside them. */
export interface DecoderWeights {
  readonly parameters: Tensors
  readonly adapter?: DecoderAdapter
}

/** The factors of an adapter by PEFT's names: A [rank, in] and B [out, rank] add scale · B · A to their layer's weight. */
export interface DecoderAdapter {
  readonly tensors: Tensors
  /** alpha / rank. */
  readonly scale: number
}

/** Token ids of `batch` sequences of `length` tokens one after the other; shorter ones are padded at their ends. */
export interface TokenBatch {
  /** [batch · length], int32. */
  readonly ids: Tensor1D
  readonly batch: number
  readonly length: number
}

/**
 * The decoder's last hidden states, after the final norm: [batch · length, hiddenSize]. What follows a token never changes its
 * state, so padding at the end needs no mask.
 */
export const hiddenStates = (config: Qwen2Config, weights: DecoderWeights, tokens: TokenBatch): Tensor => {
  const layer = decoderLayer(config, weights, {
    batch: tokens.batch,
    length: tokens.length,
    rotations: rotaryTable(tokens.length, config.headSize, config.ropeTheta),
    mask: causalMask(tokens.length)
  })
  let states = embed(parameter(weights, "model.embed_tokens.weight"), tokens.ids)
  for (let index = 0; index < config.layers; index++) states = layer(states, `model.layers.${index}`)
  return rmsNorm(states, parameter(weights, "model.norm.weight"), config.normEpsilon)
}

/** The logits of hidden states [rows, hiddenSize]: [rows, vocabularySize]. */
export const logitsOf = (config: Qwen2Config, weights: DecoderWeights, states: Tensor): Tensor =>
  linear(states, parameter(weights, config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"))

interface Positions {
  readonly batch: number
  readonly length: number
  readonly rotations: RotaryTable
  readonly mask: Tensor
}

/** One layer as a function of the hidden states [batch · length, hiddenSize] and of the prefix of its parameters' names. */
const decoderLayer =
  (config: Qwen2Config, weights: DecoderWeights, positions: Positions) =>
  (states: Tensor, prefix: string): Tensor => {
    const project = (x: Tensor, name: string) => projection(weights, x, `${prefix}.${name}`)
    const norm = (x: Tensor, name: string) =>
      rmsNorm(x, parameter(weights, `${prefix}.${name}.weight`), config.normEpsilon)

    const attended = selfAttention(config, positions, norm(states, "input_layernorm"), project)
    const between = add(states, project(attended, "self_attn.o_proj"))
    const inner = norm(between, "post_attention_layernorm")
    const gated = swiGlu(project(inner, "mlp.gate_proj"), project(inner, "mlp.up_proj"))
    return add(between, project(gated, "mlp.down_proj"))
  }

const selfAttention = (
  { heads, headSize, keyValueHeads }: Qwen2Config,
  { batch, length, mask, rotations }: Positions,
  x: Tensor,
  project: (x: Tensor, name: string) => Tensor
): Tensor => {
  const sequences = (name: string, count: number) =>
    reshape(project(x, `self_attn.${name}`), [batch, length, count * headSize])
  const byHead = (y: Tensor, count: number) => transpose(reshape(y, [batch, length, count, headSize]), [0, 2, 1, 3])

  const queries = byHead(rotary(sequences("q_proj", heads), heads, rotations), heads)
  const keys = byHead(rotary(sequences("k_proj", keyValueHeads), keyValueHeads, rotations), keyValueHeads)
  const values = byHead(sequences("v_proj", keyValueHeads), keyValueHeads)
  const attended = causalAttention(queries, keys, values, mask)
  return reshape(transpose(attended, [0, 2, 1, 3]), [batch * length, heads * headSize])
}

/** A linear layer by its full name, with its bias and its low-rank update if it has them. */
const projection = ({ adapter, parameters }: DecoderWeights, x: Tensor, name: string): Tensor => {
  const weight = parameters[`${name}.weight`]
  if (weight === undefined) throw new Error(`the model has no parameter ${name}.weight`)
  const base = linear(x, weight, parameters[`${name}.bias`])
  const factors = loraNames(name)
  const down = adapter?.tensors[factors.a]
  const up = adapter?.tensors[factors.b]
  if (adapter === undefined || down === undefined || up === undefined) return base
  return add(base, mul(linear(linear(x, down), up), adapter.scale))
}

const parameter = ({ parameters }: DecoderWeights, name: string): Tensor => {
  const tensor = parameters[name]
  if (tensor === undefined) throw new Error(`the model has no parameter ${name}`)
  return tensor
}
