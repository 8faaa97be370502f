import {
  add,
  cast,
  exp,
  expandDims,
  logSoftmax,
  mul,
  neg,
  oneHot,
  reshape,
  sum,
  type Tensor,
  type Tensor1D
} from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"
import { fused, only, runFused } from "./fused.ts"

/**
 * The natural logarithm of the probability that softmax(`logits`) [rows, vocabulary] gives to the token `targets` [rows] names
 * in each row: [rows]. Its gradient is (one-hot of the target − softmax) · upstream.
 */
export const tokenLogProbs = (logits: Tensor, targets: Tensor1D): Tensor =>
  differentiable((logits: Tensor) => {
    const all = only(runFused(fused.logSoftmax, { logits }, {}, () => [logSoftmax(logits)]))
    const column = expandDims(targets, 1)
    return {
      value: reshape(pick(all, column), [-1]),
      saved: [all, column],
      gradient: (upstream, saved) => {
        const [all, column] = saved as [Tensor, Tensor]
        const given = expandDims(upstream, 1)
        return [addAt(mul(exp(all), neg(given)), column, given)]
      }
    }
  })(logits)

/** The number of each row of `x` [rows, columns] that `columns` [rows] names: [rows, 1]. It has no gradient. */
export const pickColumn = (x: Tensor, columns: Tensor1D): Tensor => pick(x, expandDims(columns, 1))

/** The number of each row of `x` [rows, columns] that `column` [rows, 1] names: [rows, 1]. */
const pick = (x: Tensor, column: Tensor): Tensor =>
  only(runFused(fused.pick, { x, column }, {}, () => [sum(mul(x, marks(x, column)), 1, true)]))

/** `x` with `values` [rows, 1] added where `column` says. */
const addAt = (x: Tensor, column: Tensor, values: Tensor): Tensor =>
  only(runFused(fused.addAt, { x, column, values }, {}, () => [add(x, mul(marks(x, column), values))]))

/** 1 where `column` says, 0 elsewhere. tfjs's wasm backend makes whole numbers only, whatever type it is asked for. */
const marks = (x: Tensor, column: Tensor): Tensor => cast(oneHot(reshape(column, [-1]), x.shape[1] ?? 0), "float32")
