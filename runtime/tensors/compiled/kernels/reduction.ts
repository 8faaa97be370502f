import { util } from "@tensorflow/tfjs-core"
import { type KernelTable, operand, type Translation } from "./kernel.ts"

const reduction =
  (operator: string): Translation =>
  (trace, operands, { axis, keepDims, reductionIndices }) => {
    const x = operand(operands, "x")
    // Most reductions of tfjs name their axes one way, the maximum the other.
    const axes = util.parseAxisParam(((axis ?? reductionIndices) as number | Array<number>) ?? null, x.shape)
    const kept = x.shape.map((size, index) => (axes.includes(index) ? 1 : size))
    const shape = keepDims === true ? kept : x.shape.filter((_, index) => !axes.includes(index))
    if (axes.every((index) => x.shape[index] === 1) && keepDims === true) return trace.alias(x)
    const inputs = [trace.name(x), trace.graph.integers(axes)]
    return trace.value(trace.graph.node(operator, inputs, { keepdims: keepDims === true ? 1 : 0 }), shape, x.dtype)
  }

/** tfjs calls it with the last axis only. */
const softmax: Translation = (trace, operands) => {
  const logits = operand(operands, "logits")
  return trace.value(trace.graph.node("Softmax", [trace.name(logits)], { axis: -1 }), logits.shape, "float32")
}

const argMax: Translation = (trace, operands, { axis }) => {
  const x = operand(operands, "x")
  const [along = 0] = util.parseAxisParam((axis as number) ?? 0, x.shape)
  const index = trace.graph.node("ArgMax", [trace.name(x)], { axis: along, keepdims: 0 })
  const shape = x.shape.filter((_, dimension) => dimension !== along)
  return trace.value(trace.graph.node("Cast", [index], { to: 6 }), shape, "int32")
}

export const reductionKernels: KernelTable = {
  Sum: reduction("ReduceSum"),
  Mean: reduction("ReduceMean"),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Softmax: softmax,
  ArgMax: argMax
}
