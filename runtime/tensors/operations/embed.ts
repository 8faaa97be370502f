import {
  cast,
  gather,
  getBackend,
  getKernel,
  matMul,
  oneHot,
  type Tensor,
  type Tensor1D,
  transpose,
  unsortedSegmentSum
} from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"

/** The rows of `table` [rows, size] that `indices` [count] name, in their order: [count, size]. */
export const embed = (table: Tensor, indices: Tensor1D): Tensor =>
  differentiable((table: Tensor) => ({
    value: gather(table, indices),
    saved: [indices],
    gradient: (upstream, [indices]) => [sumRows(upstream, indices as Tensor1D, table.shape[0] ?? 0)]
  }))(table)

/** Adds up the rows of the same index. tfjs's wasm backend has no kernel for it; there it is a product. */
const sumRows = (rows: Tensor, indices: Tensor1D, count: number): Tensor =>
  getKernel("UnsortedSegmentSum", getBackend()) === undefined
    ? matMul(transpose(cast(oneHot(indices, count), "float32")), rows)
    : unsortedSegmentSum(rows, indices, count)
