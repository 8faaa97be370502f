import { concat, gather, type Tensor, type Tensor1D, zeros } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"

/**
 * Some rows of `x` [rows, size], each at most once: [count, size]. `inverse` [rows] tells for each row of `x` where among them it
 * stands, counted from 1, and 0 where it is none of them; whatever `rows` repeats to fill up a batch is nowhere in it.
 *
 * So the gradient is read and not added up, which is much quicker.
 */
export const selectRows = (x: Tensor, rows: Tensor1D, inverse: Tensor1D): Tensor =>
  differentiable((x: Tensor) => ({
    value: gather(x, rows),
    saved: [inverse],
    gradient: (upstream, [inverse]) => {
      const nowhere = zeros([1, upstream.shape[1] ?? 0])
      return [gather(concat([nowhere, upstream], 0), inverse as Tensor1D)]
    }
  }))(x)
