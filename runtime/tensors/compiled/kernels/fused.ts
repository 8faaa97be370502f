import { microsoft } from "../../../onnx/graph.ts"
import { fused } from "../../operations/fused.ts"
import { type KernelTable, numberOf, operand, type Translation } from "./kernel.ts"

/** Also tells 1 / √(mean of squares + ε) of every row, for the gradient. */
const rmsNorm: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const names = [trace.graph.fresh("normalized"), trace.graph.fresh("inverse")]
  const inputs = [trace.name(x), trace.name(operand(operands, "gain"))]
  const settings = { axis: -1, epsilon: { float: numberOf(attributes, "epsilon") }, stash_type: 1 }
  trace.graph.nodeWithOutputs("SimplifiedLayerNormalization", inputs, names, settings)
  const [normalized = "", inverse = ""] = names
  return [trace.value(normalized, x.shape, "float32"), trace.value(inverse, [...x.shape.slice(0, -1), 1], "float32")]
}

const silu: Translation = (trace, operands) => {
  const x = operand(operands, "x")
  const name = trace.graph.node("QuickGelu", [trace.name(x)], { alpha: { float: 1 } }, { domain: microsoft })
  return trace.value(name, x.shape, "float32")
}

const rotary: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const first = trace.graph.constant("int64", [1], BigInt64Array.of(0n))
  const inputs = [trace.name(x), first, trace.name(operand(operands, "cos")), trace.name(operand(operands, "sin"))]
  const settings = { num_heads: numberOf(attributes, "heads"), interleaved: 0 }
  return trace.value(trace.graph.node("RotaryEmbedding", inputs, settings, { domain: microsoft }), x.shape, "float32")
}

const logSoftmax: Translation = (trace, operands) => {
  const logits = operand(operands, "logits")
  return trace.value(trace.graph.node("LogSoftmax", [trace.name(logits)], { axis: -1 }), logits.shape, "float32")
}

const pick: Translation = (trace, operands) => {
  const x = operand(operands, "x")
  const column = operand(operands, "column")
  const inputs = [trace.name(x), trace.name(column)]
  return trace.value(trace.graph.node("GatherElements", inputs, { axis: 1 }), column.shape, "float32")
}

const addAt: Translation = (trace, operands) => {
  const x = operand(operands, "x")
  const inputs = [trace.name(x), trace.name(operand(operands, "column")), trace.name(operand(operands, "values"))]
  const name = trace.graph.node("ScatterElements", inputs, { axis: 1, reduction: "add" })
  return trace.value(name, x.shape, "float32")
}

/** Operations that ONNX Runtime has a kernel of its own for. */
export const fusedKernels: KernelTable = {
  [fused.rmsNorm]: rmsNorm,
  [fused.silu]: silu,
  [fused.rotary]: rotary,
  [fused.logSoftmax]: logSoftmax,
  [fused.pick]: pick,
  [fused.addAt]: addAt
}
