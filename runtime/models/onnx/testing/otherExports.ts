import { microsoft, OnnxGraph } from "../../../onnx/graph.ts"
import type { Qwen2Config, Weights } from "../../qwen2/config.ts"
import { type Attend, decoderHead, decoderLayers } from "../graph/decoderLayers.ts"
import { linearLayers } from "../graph/linear.ts"
import { inlineParameters } from "../graph/parameters.ts"

const INT32 = 6

/**
 * A model as ONNX Runtime GenAI's builder exports it: with `GroupQueryAttention`, which looks at the number of ones in the mask only
 * and writes new keys behind a row's own.
 */
export const groupQueryExport = (config: Qwen2Config, weights: Weights): Uint8Array => {
  const { graph, shape } = beginning(config)
  graph.input("position_ids", "int64", ["batch_size", "sequence_length"])
  const lengths = graph.node("ReduceSum", ["attention_mask", graph.integers([1])], { keepdims: 0 })
  const last = graph.node("Cast", [graph.node("Sub", [lengths, graph.integers([1])])], { to: INT32 })
  const reach = graph.node("Gather", [graph.node("Shape", ["attention_mask"]), graph.integers(1)])
  const total = graph.node("Cast", [reach], { to: INT32 })
  return completed(graph, config, weights, (layer, { keys, queries, values }) => {
    const past = ["key", "value"].map((part) =>
      graph.input(`past_key_values.${layer}.${part}`, "float32", shape("past"))
    )
    const present = ["key", "value"].map((part) => `present.${layer}.${part}`)
    const attended = graph.fresh("attended")
    const joined = [queries, keys, values].map((heads) =>
      graph.node("Reshape", [graph.node("Transpose", [heads], { perm: [0, 2, 1, 3] }), graph.integers([0, 0, -1])])
    )
    graph.nodeWithOutputs(
      "GroupQueryAttention",
      [...joined, ...past, last, total],
      [attended, ...present],
      { num_heads: config.heads, kv_num_heads: config.keyValueHeads, scale: { float: 1 } },
      microsoft
    )
    for (const output of present) graph.output(output, "float32", shape("total"))
    const split = graph.node("Reshape", [attended, graph.integers([0, 0, config.heads, config.headSize])])
    return graph.node("Transpose", [split], { perm: [0, 2, 1, 3] })
  })
}

/** A model for one sequence at a time: it takes no positions and no notice of the mask. */
export const maskBlindExport = (config: Qwen2Config, weights: Weights): Uint8Array => {
  const { graph, shape } = beginning(config)
  const { headSize, heads, keyValueHeads } = config
  const size = (value: string, at: number) => graph.node("Gather", [graph.node("Shape", [value]), graph.integers(at)])
  const total = size("attention_mask", 1)
  const one = graph.integers(1)
  const own = graph.node("Range", [graph.node("Sub", [total, size("input_ids", 1)]), total, one])
  graph.node("Unsqueeze", [own, graph.integers([0])], {}, { output: "position_ids" })
  const isBefore = graph.node("LessOrEqual", [
    graph.node("Range", [graph.integers(0), total, one]),
    graph.node("Unsqueeze", [own, graph.integers([1])])
  ])
  const mask = graph.node("Where", [isBefore, graph.scalar(0), graph.scalar(-1e9)])
  return completed(graph, config, weights, (layer, { keys, queries, values }) => {
    const [allKeys, allValues] = [["key", keys] as const, ["value", values] as const].map(([part, fresh]) => {
      const past = graph.input(`past_key_values.${layer}.${part}`, "float32", shape("past"))
      const output = `present.${layer}.${part}`
      graph.node("Concat", [past, fresh], { axis: 2 }, { output })
      graph.output(output, "float32", shape("total"))
      const repeated = graph.node("Tile", [
        graph.node("Unsqueeze", [output, graph.integers([2])]),
        graph.integers([1, 1, heads / keyValueHeads, 1, 1])
      ])
      return graph.node("Reshape", [repeated, graph.integers([0, heads, -1, headSize])])
    })
    const scores = graph.node("FusedMatMul", [queries, allKeys ?? ""], { transB: 1 }, { domain: microsoft })
    const shares = graph.node("Softmax", [graph.node("Add", [scores, mask])], { axis: -1 })
    return graph.node("MatMul", [shares, allValues ?? ""])
  })
}

const beginning = ({ headSize, keyValueHeads }: Qwen2Config) => {
  const graph = new OnnxGraph()
  graph.input("input_ids", "int64", ["batch_size", "sequence_length"])
  graph.input("attention_mask", "int64", ["batch_size", "total_sequence_length"])
  const shape = (length: string) => ["batch_size", keyValueHeads, `${length}_sequence_length`, headSize]
  return { graph, shape }
}

const completed = (graph: OnnxGraph, config: Qwen2Config, weights: Weights, attend: Attend): Uint8Array => {
  const add = inlineParameters(graph)
  const weight = (name: string) => weights[name] ?? new Float32Array(0)
  const parts = { graph, config, weight, add, linear: linearLayers(graph, add, "float32") }
  const rows = decoderHead(parts, decoderLayers(parts, attend))
  const shape = graph.node("Concat", [graph.node("Shape", ["input_ids"]), graph.integers([-1])], { axis: 0 })
  graph.node("Reshape", [rows, shape], {}, { output: "logits" })
  graph.output("logits", "float32", ["batch_size", "sequence_length", config.vocabularySize])
  return graph.toModel()
}
