import { microsoft, type OnnxGraph } from "../../../onnx/graph.ts"
import type { AddParameter } from "./parameters.ts"
import { BLOCK, quantized } from "./quantized.ts"

/** How the weights of linear layers are stored and multiplied. */
export type WeightPrecision = "float32" | "int8"

/** A linear layer: weight [out, in], and a bias [out] if it has one. */
export interface LinearWeights {
  readonly weight: Float32Array
  readonly bias?: Float32Array
}

/** Adds y = x · Wᵀ + b to a graph for x [rows, in] and returns the name of y [rows, out]. */
export type Linear = (x: string, name: string, weights: LinearWeights, input: number) => string

/**
 * Linear layers of a graph. `int8` quantizes weights in blocks of 32 to 8 bits and, while it multiplies, each row of the input
 * too: a row's result does not depend on the other rows.
 */
export const linearLayers = (graph: OnnxGraph, add: AddParameter, precision: WeightPrecision): Linear =>
  precision === "float32" ? floatLinear(graph, add) : quantizedLinear(graph, add)

const floatLinear =
  (graph: OnnxGraph, add: AddParameter): Linear =>
  (x, name, { bias, weight }, input) => {
    const inputs = [x, add(`${name}.weight`, "float32", [weight.length / input, input], weight)]
    if (bias !== undefined) inputs.push(add(`${name}.bias`, "float32", [bias.length], bias))
    return graph.node("Gemm", inputs, { transB: 1 })
  }

const quantizedLinear =
  (graph: OnnxGraph, add: AddParameter): Linear =>
  (x, name, { bias, weight }, input) => {
    const out = weight.length / input
    const blocks = Math.ceil(input / BLOCK)
    const { scales, values } = quantized(weight, input)
    const y = graph.node(
      "MatMulNBits",
      [
        x,
        add(`${name}.weight.values`, "uint8", [out, blocks, BLOCK], values),
        add(`${name}.weight.scales`, "float32", [out, blocks], scales)
      ],
      { K: input, N: out, bits: 8, block_size: BLOCK, accuracy_level: INT8_ACTIVATIONS },
      { domain: microsoft }
    )
    return bias === undefined ? y : graph.node("Add", [y, add(`${name}.bias`, "float32", [out], bias)])
  }

const INT8_ACTIVATIONS = 4
