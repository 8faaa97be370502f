import { add, matMul, mul, reshape, softmax, sub, sum, type Tensor, tensor, transpose } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"

/** 0 where position `row` may look at position `column`, a number whose exponential is 0 where it may not: [length, length]. */
export const causalMask = (length: number): Tensor => {
  const mask = new Float32Array(length * length)
  for (let row = 0; row < length; row++) mask.fill(-1e9, row * length + row + 1, (row + 1) * length)
  return tensor(mask, [length, length])
}

/**
 * Attention of every position to itself and those before it: softmax(q·kᵀ / √headSize + mask) · v (Vaswani et al., arXiv
 * 1706.03762), with `q` [batch, heads, length, headSize], `k` and `v` [batch, keyValueHeads, length, headSize] and the mask
 * of `causalMask`. Each of the key-value heads serves the `heads / keyValueHeads` query heads that follow each other.
 *
 * The gradient uses that Σ P·dP over a row is Σ O·dO (Dao et al., arXiv 2205.14135), which has headSize terms and not length.
 */
export const causalAttention = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor): Tensor =>
  differentiable((q: Tensor, k: Tensor, v: Tensor) => {
    const [batch = 1, heads = 1, length = 1, headSize = 1] = q.shape
    const keyValueHeads = k.shape[1] ?? heads
    const folded = [batch, keyValueHeads, (heads / keyValueHeads) * length]
    const scale = 1 / Math.sqrt(headSize)
    const fold = (x: Tensor) => reshape(x, [...folded, headSize])
    const unfold = (x: Tensor) => reshape(x, [batch, heads, length, headSize])

    const queries = fold(mul(q, scale))
    const scores = reshape(matMul(queries, swap(k)), [batch, heads, length, length])
    const weights = reshape(softmax(add(scores, mask)), [...folded, length])
    const value = matMul(weights, v)
    return {
      value: unfold(value),
      saved: [queries, k, v, weights, value],
      gradient: (upstream, saved) => {
        const [queries, k, v, weights, value] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
        const dValue = fold(upstream)
        const dWeights = matMul(dValue, swap(v))
        const mean = sum(mul(dValue, value), -1, true)
        const dScores = mul(weights, sub(dWeights, mean))
        return [unfold(mul(matMul(dScores, k), scale)), matMul(swap(dScores), queries), matMul(swap(weights), dValue)]
      }
    }
  })(q, k, v)

/** The last two axes exchanged. */
const swap = (x: Tensor): Tensor => transpose(x, [0, 1, 3, 2])
