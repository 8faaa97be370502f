import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import { microsoft } from "../../../onnx/graph.ts"
import type { Trace } from "../symbolic.ts"
import { type KernelTable, operand, type Translation } from "./kernel.ts"

/** An operand of a matrix product: a value, and whether its last two axes are to be exchanged while it is read. */
interface Factor {
  readonly name: string
  readonly transposed: boolean
}

const factor = (trace: Trace, tensor: TensorInfo, transposed: boolean): Factor => {
  const name = trace.name(tensor)
  const original = trace.transposes.get(name)
  return original === undefined ? { name, transposed } : { name: original, transposed: !transposed }
}

/**
 * Products read transposed operands in place, be it that the kernel was told to or that the operand is the result of a
 * `Transpose`, which is then left out of the graph by ONNX Runtime if nothing else reads it.
 */
const batchMatMul: Translation = (trace, operands, { transposeA, transposeB }) => {
  const a = operand(operands, "a")
  const b = operand(operands, "b")
  const rows = a.shape.at(transposeA === true ? -1 : -2) ?? 1
  const columns = b.shape.at(transposeB === true ? -2 : -1) ?? 1
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const left = factor(trace, a, transposeA === true)
  const right = factor(trace, b, transposeB === true)
  const flags = { transA: left.transposed ? 1 : 0, transB: right.transposed ? 1 : 0 }
  const names = [left.name, right.name]
  return trace.value(
    product(trace, a.shape.length === 2 && b.shape.length === 2, names, flags),
    [...batch, rows, columns],
    "float32"
  )
}

const product = (
  trace: Trace,
  flat: boolean,
  names: ReadonlyArray<string>,
  flags: { readonly transA: number; readonly transB: number }
): string => {
  if (flags.transA + flags.transB === 0) return trace.graph.node("MatMul", names)
  if (flat) return trace.graph.node("Gemm", names, flags)
  return trace.graph.node("FusedMatMul", names, flags, { domain: microsoft })
}

export const matrixKernels: KernelTable = { BatchMatMul: batchMatMul }
