import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core"
import type { Trace } from "../symbolic.ts"
import { type KernelTable, numberOf, numbersOf, operand, sameShape, type Translation } from "./kernel.ts"

const identity: Translation = (trace, operands) => trace.alias(operand(operands, "x"))

const reshape: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const shape = util.inferFromImplicitShape(numbersOf(attributes, "shape"), util.sizeFromShape(x.shape))
  return reshaped(trace, x, shape)
}

const reshaped = (trace: Trace, x: TensorInfo, shape: ReadonlyArray<number>) => {
  if (sameShape(x.shape, shape) || trace.symbol(x).kind !== "value") return trace.alias(x, shape)
  return trace.value(trace.graph.node("Reshape", [trace.name(x), trace.graph.integers(shape)]), shape, x.dtype)
}

const expandDims: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "input")
  const axis = numberOf(attributes, "dim")
  const shape = [...x.shape]
  shape.splice(axis < 0 ? x.shape.length + axis + 1 : axis, 0, 1)
  return reshaped(trace, x, shape)
}

const transpose: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const perm = numbersOf(attributes, "perm")
  const name = trace.name(x)
  const result = trace.graph.node("Transpose", [name], { perm })
  if (exchangesLastTwo(perm)) trace.transposes.set(result, name)
  const shape = perm.map((axis) => x.shape[axis] ?? 1)
  return trace.value(result, shape, x.dtype)
}

const exchangesLastTwo = (perm: ReadonlyArray<number>): boolean => {
  const rank = perm.length
  return rank >= 2 && perm.every((axis, index) => axis === (index < rank - 2 ? index : 2 * rank - 3 - index))
}

const slice: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const starts = numbersOf(attributes, "begin")
  const sizes = numbersOf(attributes, "size").map((size, axis) =>
    size < 0 ? (x.shape[axis] ?? 0) - (starts[axis] ?? 0) : size
  )
  const axes = x.shape.map((_, axis) => axis).filter((axis) => starts[axis] !== 0 || sizes[axis] !== x.shape[axis])
  if (axes.length === 0) return trace.alias(x)
  const integers = (of: (axis: number) => number) => trace.graph.integers(axes.map(of))
  const start = (axis: number) => starts[axis] ?? 0
  const end = (axis: number) => start(axis) + (sizes[axis] ?? 0)
  const inputs = [trace.name(x), integers(start), integers(end), integers((axis) => axis)]
  return trace.value(trace.graph.node("Slice", inputs), sizes, x.dtype)
}

const concat: Translation = (trace, operands, attributes) => {
  const tensors = Object.values(operands)
  const first = operand(operands, "0")
  const [axis = 0] = util.parseAxisParam(numberOf(attributes, "axis"), first.shape)
  const shape = [...first.shape]
  shape[axis] = tensors.reduce((sum, tensor) => sum + (tensor.shape[axis] ?? 0), 0)
  return trace.value(
    trace.graph.node(
      "Concat",
      tensors.map((tensor) => trace.name(tensor)),
      { axis }
    ),
    shape,
    first.dtype
  )
}

const split: Translation = (trace, operands, { axis: given, numOrSizeSplits }) => {
  const x = operand(operands, "x")
  const [axis = 0] = util.parseAxisParam(given as number, x.shape)
  const sizes = backend_util.prepareSplitSize(
    x as Parameters<typeof backend_util.prepareSplitSize>[0],
    numOrSizeSplits as Array<number> | number,
    axis
  )
  const names = sizes.map(() => trace.graph.fresh("Split"))
  trace.graph.nodeWithOutputs("Split", [trace.name(x), trace.graph.integers(sizes)], names, { axis })
  return names.map((name, part) =>
    trace.value(
      name,
      x.shape.map((size, index) => (index === axis ? (sizes[part] ?? 0) : size)),
      x.dtype
    )
  )
}

const pad: Translation = (trace, operands, { paddings, constantValue }) => {
  const x = operand(operands, "x")
  const pairs = paddings as Array<[number, number]>
  const amounts = trace.graph.integers([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)])
  const name = trace.graph.node("Pad", [trace.name(x), amounts, trace.graph.scalar(Number(constantValue ?? 0))])
  const shape = x.shape.map((size, axis) => size + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0))
  return trace.value(name, shape, x.dtype)
}

const tile: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const reps = numbersOf(attributes, "reps")
  const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1))
  const uniform = trace.uniform(x)
  if (uniform !== undefined) return trace.define({ kind: "uniform", value: uniform }, shape, x.dtype)
  return trace.value(trace.graph.node("Tile", [trace.name(x), trace.graph.integers(reps)]), shape, x.dtype)
}

export const shapeKernels: KernelTable = {
  Identity: identity,
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Slice: slice,
  Concat: concat,
  SplitV: split,
  PadV2: pad,
  Tile: tile
}
