import { type KernelTable, numberOf, operand, type Translation } from "./kernel.ts"

const gather: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const indices = operand(operands, "indices")
  const axis = numberOf(attributes, "axis")
  if (numberOf(attributes, "batchDims") > 0) throw new Error("a gather with batch dimensions cannot be traced")
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  return trace.value(trace.graph.node("Gather", [trace.name(x), trace.name(indices)], { axis }), shape, x.dtype)
}

/**
 * Rows of the same segment are added up in their order. ScatterND would be quicker, but ONNX Runtime (1.30) adds with several
 * threads at once and loses some of the rows.
 */
const unsortedSegmentSum: Translation = (trace, operands, attributes) => {
  const x = operand(operands, "x")
  const segments = operand(operands, "segmentIds")
  const count = numberOf(attributes, "numSegments")
  const { graph } = trace
  const shape = [count, ...x.shape.slice(segments.shape.length)]
  const rows = segments.shape.reduce((product, size) => product * size, 1)
  const columns = shape.slice(1).reduce((product, size) => product * size, 1)
  const column = graph.node("Reshape", [trace.name(segments), graph.integers([rows, 1])])
  const indices = graph.node("Expand", [column, graph.integers([rows, columns])])
  const zeros = graph.node("Expand", [graph.scalar(0), graph.integers([count, columns])])
  const updates = graph.node("Reshape", [trace.name(x), graph.integers([rows, columns])])
  const sums = graph.node("ScatterElements", [zeros, indices, updates], { axis: 0, reduction: "add" })
  return trace.value(graph.node("Reshape", [sums, graph.integers(shape)]), shape, x.dtype)
}

const oneHot: Translation = (trace, operands, attributes) => {
  const indices = operand(operands, "indices")
  const depth = numberOf(attributes, "depth")
  const { graph } = trace
  const values = graph.constant(
    "float32",
    [2],
    Float32Array.of(numberOf(attributes, "offValue"), numberOf(attributes, "onValue"))
  )
  const size = graph.constant("int32", [], Int32Array.of(depth))
  const name = graph.node("OneHot", [trace.name(indices), size, values], { axis: -1 })
  const shape = [...indices.shape, depth]
  if (attributes.dtype !== "int32") return trace.value(name, shape, "float32")
  return trace.value(graph.node("Cast", [name], { to: 6 }), shape, "int32")
}

export const indexingKernels: KernelTable = {
  GatherV2: gather,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot
}
