import { microsoft, type OnnxGraph } from "../../../onnx/graph.ts"
import type { Qwen2Config } from "../../qwen2/config.ts"
import type { Linear, LinearWeights } from "./linear.ts"
import type { AddParameter } from "./parameters.ts"

/** What a decoder's graph is made of. */
export interface DecoderParts {
  readonly graph: OnnxGraph
  readonly config: Qwen2Config
  /** A parameter by its Hugging Face name. */
  readonly weight: (name: string) => Float32Array
  readonly add: AddParameter
  readonly linear: Linear
}

/** The names of one layer's queries [batch, heads, length, size], keys and values [batch, key-value heads, length, size]. */
export interface Projections {
  /** Rotated, and divided by the square root of the head's size. */
  readonly queries: string
  /** Rotated. */
  readonly keys: string
  readonly values: string
}

/** Adds the attention of one layer and returns the name of what it attended to: [batch, heads, length, size] in any 4-D form. */
export type Attend = (layer: number, projections: Projections) => string

/**
 * Adds a Qwen2 decoder for `input_ids` and `position_ids` [batch, length] and returns the name of its last hidden states
 * [batch · length, hiddenSize], after the final norm. How tokens attend to those before them is up to `attend`.
 */
export const decoderLayers = (parts: DecoderParts, attend: Attend): string => {
  const { add, config, graph, linear, weight } = parts
  const { headSize, hiddenSize, intermediateSize } = config
  const [queries, keys] = [config.heads * headSize, config.keyValueHeads * headSize]
  const rotate = rotary(parts)
  const split = headSplitter(parts)

  const ids = graph.node("Reshape", ["input_ids", graph.integers([-1])])
  let states = graph.node("Gather", [
    add("model.embed_tokens.weight", "float32", [config.vocabularySize, hiddenSize], weight(embedding)),
    ids
  ])
  let update: string | undefined
  /** Adds the pending update to the states and returns their norm. */
  const norm = (name: string): string => {
    const scale = add(name, "float32", [hiddenSize], weight(name))
    const epsilon = { float: config.normEpsilon }
    if (update === undefined) {
      return graph.node("SimplifiedLayerNormalization", [states, scale], { axis: -1, epsilon, stash_type: 1 })
    }
    const [normed, sum] = [graph.fresh("normed"), graph.fresh("states")]
    graph.nodeWithOutputs(
      "SkipSimplifiedLayerNormalization",
      [states, update, scale],
      [normed, "", "", sum],
      { epsilon },
      microsoft
    )
    states = sum
    return normed
  }

  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    const projection = (part: string, scale = 1): LinearWeights => ({
      weight: scaled(weight(`${prefix}.self_attn.${part}_proj.weight`), scale),
      bias: scaled(weight(`${prefix}.self_attn.${part}_proj.bias`), scale)
    })
    const joined = linear(
      norm(`${prefix}.input_layernorm.weight`),
      `${prefix}.self_attn.qkv_proj`,
      stacked([projection("q", headSize ** -0.5), projection("k"), projection("v")]),
      hiddenSize
    )
    const [turned, straight] = splitAt(graph, joined, [queries + keys, keys], -1)
    const rotated = rotate(split(turned, config.heads + config.keyValueHeads))
    const [q, k] = splitAt(graph, rotated, [config.heads, config.keyValueHeads], 1)
    const attended = attend(layer, { queries: q, keys: k, values: split(straight, config.keyValueHeads) })
    const output = { weight: weight(`${prefix}.self_attn.o_proj.weight`) }
    update = linear(joinHeads(parts, attended), `${prefix}.self_attn.o_proj`, output, queries)

    const inner = norm(`${prefix}.post_attention_layernorm.weight`)
    const gateAndUp = stacked([
      { weight: weight(`${prefix}.mlp.gate_proj.weight`) },
      { weight: weight(`${prefix}.mlp.up_proj.weight`) }
    ])
    const wide = linear(inner, `${prefix}.mlp.gate_up_proj`, gateAndUp, hiddenSize)
    const [gate, up] = splitAt(graph, wide, [intermediateSize, intermediateSize], -1)
    // SiLU: x · sigmoid(x).
    const open = graph.node("QuickGelu", [gate], { alpha: { float: 1 } }, { domain: microsoft })
    const down = { weight: weight(`${prefix}.mlp.down_proj.weight`) }
    update = linear(graph.node("Mul", [open, up]), `${prefix}.mlp.down_proj`, down, intermediateSize)
  }
  return norm("model.norm.weight")
}

/** Adds the head that reads logits [rows, vocabularySize] out of hidden states [rows, hiddenSize]. */
export const decoderHead = ({ config, linear, weight }: DecoderParts, states: string): string => {
  const name = config.tiedEmbeddings ? "model.embed_tokens" : "lm_head"
  return linear(states, name, { weight: weight(`${name}.weight`) }, config.hiddenSize)
}

const embedding = "model.embed_tokens.weight"

/** Splits a value along an axis into parts of these sizes. */
const splitAt = (graph: OnnxGraph, value: string, sizes: readonly [number, number], axis: number) => {
  const parts = [graph.fresh("part"), graph.fresh("part")] as const
  graph.nodeWithOutputs("Split", [value, graph.integers(sizes)], parts, { axis })
  return parts
}

/** Turns rows [batch · length, heads · size] into [batch, heads, length, size]. */
const headSplitter = ({ config, graph }: DecoderParts) => {
  const shape = graph.node("Shape", ["input_ids"])
  return (rows: string, heads: number): string => {
    const target = graph.node("Concat", [shape, graph.integers([heads, config.headSize])], { axis: 0 })
    return graph.node("Transpose", [graph.node("Reshape", [rows, target])], { perm: [0, 2, 1, 3] })
  }
}

/** Turns [batch, heads, length, size] into rows [batch · length, heads · size]. */
const joinHeads = ({ config, graph }: DecoderParts, attended: string): string => {
  const rows = graph.integers([-1, config.heads * config.headSize])
  return graph.node("Reshape", [graph.node("Transpose", [attended], { perm: [0, 2, 1, 3] }), rows])
}

/** Rotary positions (RoFormer, arXiv 2104.09864) of [batch, heads, length, size], halves against each other. */
const rotary = ({ add, config, graph }: DecoderParts): ((value: string) => string) => {
  const half = config.headSize / 2
  const shape = [config.maxPositions, half]
  const angles = (turn: (angle: number) => number) =>
    Float32Array.from({ length: config.maxPositions * half }, (_, at) => {
      return turn(Math.floor(at / half) * config.ropeTheta ** (-(at % half) / half))
    })
  const cosines = add("rotary.cosines", "float32", shape, angles(Math.cos))
  const sines = add("rotary.sines", "float32", shape, angles(Math.sin))
  return (value) => graph.node("RotaryEmbedding", [value, "position_ids", cosines, sines], {}, { domain: microsoft })
}

/** Several linear layers of the same input as one. */
const stacked = (layers: ReadonlyArray<LinearWeights>): LinearWeights => {
  const biases = layers.flatMap(({ bias }) => (bias === undefined ? [] : [bias]))
  const weight = concatenated(layers.map((layer) => layer.weight))
  return biases.length === 0 ? { weight } : { weight, bias: concatenated(biases) }
}

const concatenated = (parts: ReadonlyArray<Float32Array>): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}

const scaled = (values: Float32Array, factor: number): Float32Array =>
  factor === 1 ? values : values.map((value) => value * factor)
