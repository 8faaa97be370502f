import { type ElementType, OnnxGraph } from "../../../onnx/graph.ts"
import type { Qwen2Config } from "../../qwen2/config.ts"
import { type Attend, decoderHead, decoderLayers } from "./decoderLayers.ts"
import type { GraphOptions } from "./engineGraph.ts"
import { linearLayers } from "./linear.ts"
import { inlineParameters } from "./parameters.ts"

/** Element type that takes the name's place in `Cast`: `TensorProto.DataType` of the ONNX specification. */
const castTo = { float32: 1, float16: 10 } as const

/**
 * A decoder with the inputs and outputs of a causal language model as Hugging Face's Optimum exports it and Transformers.js and
 * ONNX Runtime GenAI run it:
 *
 * - `input_ids`, `position_ids` [batch_size, sequence_length]
 * - `attention_mask` [batch_size, total_sequence_length]: 0 for padding, at either side
 * - `past_key_values.N.key`, `past_key_values.N.value` [batch_size, key-value heads, past_sequence_length, size]
 * - `logits` [batch_size, sequence_length, vocabularySize]
 * - `present.N.key`, `present.N.value` [batch_size, key-value heads, total_sequence_length, size]
 */
export const exportGraph = (options: GraphOptions & { readonly cacheType?: "float32" | "float16" }): OnnxGraph => {
  const { cacheType = "float32", config, parameters = inlineParameters, precision, weight } = options
  const graph = new OnnxGraph()
  const add = parameters(graph)
  const { headSize, keyValueHeads } = config
  const tokens = ["batch_size", "sequence_length"]
  graph.input("input_ids", "int64", tokens)
  graph.input("attention_mask", "int64", ["batch_size", "total_sequence_length"])
  graph.input("position_ids", "int64", tokens)
  graph.output("logits", "float32", [...tokens, config.vocabularySize])

  const parts = { graph, config, weight, add, linear: linearLayers(graph, add, precision) }
  const attend = attention(graph, config)
  const states = decoderLayers(parts, (layer, { keys, queries, values }) => {
    /** The earlier tokens' with the new ones' behind them, which also is an output. */
    const extended = (part: "key" | "value", fresh: string): string => {
      const shape = (length: string) => ["batch_size", keyValueHeads, length, headSize]
      const past = graph.input(`past_key_values.${layer}.${part}`, cacheType, shape("past_sequence_length"))
      const output = `present.${layer}.${part}`
      const stored = cast(graph, fresh, "float32", cacheType)
      graph.node("Concat", [past, stored], { axis: 2 }, { output })
      graph.output(output, cacheType, shape("total_sequence_length"))
      return cast(graph, output, cacheType, "float32")
    }
    return attend({ queries, keys: extended("key", keys), values: extended("value", values) })
  })
  const shape = graph.node("Concat", [graph.node("Shape", ["input_ids"]), graph.integers([-1])], { axis: 0 })
  graph.node("Reshape", [decoderHead(parts, states), shape], {}, { output: "logits" })
  return graph
}

const cast = (graph: OnnxGraph, value: string, from: ElementType, to: keyof typeof castTo): string =>
  from === to ? value : graph.node("Cast", [value], { to: castTo[to] })

const attention = (graph: OnnxGraph, { headSize, heads, keyValueHeads }: Qwen2Config) => {
  const dimension = (value: string, at: number) => graph.node("Shape", [value], { start: at, end: at + 1 })
  const [batch, length, total] = [dimension("input_ids", 0), dimension("input_ids", 1), dimension("attention_mask", 1)]
  const shape = (...sizes: ReadonlyArray<string>) => graph.node("Concat", sizes, { axis: 0 })
  // Queries that share keys are rows of one matrix: [batch, key-value heads, group · length, size].
  const grouped = shape(batch, graph.integers([keyValueHeads, -1, headSize]))
  const apart = shape(batch, graph.integers([keyValueHeads, heads / keyValueHeads]), length, total)
  const together = shape(batch, graph.integers([keyValueHeads, -1]), total)
  const byHead = shape(batch, graph.integers([heads, -1, headSize]))
  const mask = causalMask(graph, length, total)

  return ({ keys, queries, values }: Parameters<Attend>[1]): string => {
    const q = graph.node("Reshape", [queries, grouped])
    const scores = graph.node("MatMul", [q, graph.node("Transpose", [keys], { perm: [0, 1, 3, 2] })])
    const masked = graph.node("Add", [graph.node("Reshape", [scores, apart]), mask])
    const shares = graph.node("Reshape", [graph.node("Softmax", [masked], { axis: -1 }), together])
    return graph.node("Reshape", [graph.node("MatMul", [shares, values]), byHead])
  }
}

/** [batch, 1, 1, length, total]: 0 where a token may look, a large negative number elsewhere. */
const causalMask = (graph: OnnxGraph, length: string, total: string): string => {
  const scalar = (vector: string) => graph.node("Squeeze", [vector])
  const [zero, one] = [graph.integers(0), graph.integers(1)]
  const range = (from: string, to: string) => graph.node("Range", [scalar(from), scalar(to), one])
  const places = range(zero, total)
  const own = graph.node("Unsqueeze", [range(graph.node("Sub", [total, length]), total), graph.integers([1])])
  const isBefore = graph.node("LessOrEqual", [places, own])
  const isThere = graph.node("Greater", [
    graph.node("Unsqueeze", ["attention_mask", graph.integers([1, 2, 3])]),
    graph.integers(0)
  ])
  return graph.node("Where", [graph.node("And", [isBefore, isThere]), graph.scalar(0), graph.scalar(-1e9)])
}
