import { microsoft, OnnxGraph } from "../../../onnx/graph.ts"
import type { Qwen2Config } from "../../qwen2/config.ts"
import { type Attend, decoderHead, decoderLayers } from "./decoderLayers.ts"
import { linearLayers, type WeightPrecision } from "./linear.ts"
import { type AddParameter, inlineParameters } from "./parameters.ts"

/** What a graph is to be made of. */
export interface GraphOptions {
  readonly config: Qwen2Config
  /** A parameter by its Hugging Face name. */
  readonly weight: (name: string) => Float32Array
  readonly precision: WeightPrecision
  /** Where parameters go; into the graph itself if not told. */
  readonly parameters?: (graph: OnnxGraph) => AddParameter
}

/**
 * The decoder as our engine runs it. onnxruntime-node reads inputs where they are, but copies every output; so the keys and
 * values of earlier tokens only go in (`past.N.key`, `past.N.value` [batch, key-value heads, cells, size]), those of the new
 * tokens alone come out, and scores of both are computed apart:
 *
 * softmax([q · newᵀ, q · pastᵀ] + mask) = [n, p]; attended = n · newValues + p · pastValues
 *
 * The unused cells of a row come last, whatever the others need, so that they add zeros behind all that counts: the sums are
 * the same to the bit beside longer rows and alone.
 *
 * - `input_ids`, `position_ids` [batch, length]
 * - `mask` [batch, 1, 1, length, length + cells]: added to the scores; 0 or a large negative number
 * - `rows` [wanted]: of the batch · length tokens, those whose logits are wanted
 * - `logits` [wanted, vocabularySize]
 * - `new` [layers · 2 · batch, key-value heads, length, size]: for each layer keys, then values
 */
export const engineGraph = ({ config, parameters = inlineParameters, precision, weight }: GraphOptions) => {
  const graph = new OnnxGraph()
  const add = parameters(graph)
  const { headSize, keyValueHeads } = config
  graph.input("input_ids", "int64", ["batch", "length"])
  graph.input("position_ids", "int64", ["batch", "length"])
  graph.input("mask", "float32", ["batch", 1, 1, "length", "reach"])
  graph.input("rows", "int64", ["wanted"])

  const parts = { graph, config, weight, add, linear: linearLayers(graph, add, precision) }
  const fresh: Array<string> = []
  const attendPast = attention(graph, config)
  const states = decoderLayers(parts, (layer, projections) => {
    const shape = ["batch", keyValueHeads, "cells", headSize]
    const pastKeys = graph.input(`past.${layer}.key`, "float32", shape)
    const pastValues = graph.input(`past.${layer}.value`, "float32", shape)
    fresh.push(projections.keys, projections.values)
    return attendPast(projections, { keys: pastKeys, values: pastValues })
  })
  const logits = decoderHead(parts, graph.node("Gather", [states, "rows"]))
  graph.node("Identity", [logits], {}, { output: "logits" })
  graph.node("Concat", fresh, { axis: 0 }, { output: "new" })
  graph.output("logits", "float32", ["wanted", config.vocabularySize])
  graph.output("new", "float32", ["fresh", keyValueHeads, "length", headSize])
  return graph
}

const attention = (graph: OnnxGraph, { headSize, heads, keyValueHeads }: Qwen2Config) => {
  const group = heads / keyValueHeads
  const dimension = (value: string, at: number) => graph.node("Shape", [value], { start: at, end: at + 1 })
  const [batch, length, reach] = [dimension("input_ids", 0), dimension("input_ids", 1), dimension("mask", 4)]
  const lengthAndCells = graph.node("Concat", [length, graph.node("Sub", [reach, length])], { axis: 0 })
  const shape = (...sizes: ReadonlyArray<string>) => graph.node("Concat", sizes, { axis: 0 })
  // Queries that share keys are rows of one matrix: [batch, key-value heads, group · length, size].
  const grouped = shape(batch, graph.integers([keyValueHeads, -1, headSize]))
  const apart = shape(batch, graph.integers([keyValueHeads, group]), length, reach)
  const together = shape(batch, graph.integers([keyValueHeads, -1]), reach)
  const byHead = shape(batch, graph.integers([heads, -1, headSize]))
  const product = (queries: string, keys: string) =>
    graph.node("FusedMatMul", [queries, keys], { transB: 1 }, { domain: microsoft })

  return (
    { keys, queries, values }: Parameters<Attend>[1],
    past: { readonly keys: string; readonly values: string }
  ): string => {
    const q = graph.node("Reshape", [queries, grouped])
    const scores = graph.node("Concat", [product(q, keys), product(q, past.keys)], { axis: -1 })
    const masked = graph.node("Add", [graph.node("Reshape", [scores, apart]), "mask"])
    const shares = graph.node("Reshape", [graph.node("Softmax", [masked], { axis: -1 }), together])
    const [now, before] = [graph.fresh("share"), graph.fresh("share")]
    graph.nodeWithOutputs("Split", [shares, lengthAndCells], [now, before], { axis: -1 })
    const attended = graph.node("Add", [
      graph.node("MatMul", [now, values]),
      graph.node("MatMul", [before, past.values])
    ])
    return graph.node("Reshape", [attended, byHead])
  }
}
