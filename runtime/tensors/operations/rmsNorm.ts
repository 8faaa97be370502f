import { add, mean, mul, rsqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"
import { fused, runFused } from "./fused.ts"

/**
 * Root mean square normalization of the rows of `x` [rows, size]: x / √(mean(x²) + ε) · gain (Zhang and Sennrich, arXiv 1910.07467).
 */
export const rmsNorm = (x: Tensor, gain: Tensor, epsilon: number): Tensor =>
  differentiable((x: Tensor, gain: Tensor) => {
    const [value, inverse] = normalize(x, gain, epsilon) as [Tensor, Tensor]
    return { value, saved: [x, gain, inverse], gradient }
  })(x, gain)

const normalize = (x: Tensor, gain: Tensor, epsilon: number): Array<Tensor> =>
  runFused(fused.rmsNorm, { x, gain }, { epsilon }, () => {
    const inverse = rsqrt(add(mean(square(x), -1, true), epsilon))
    return [mul(mul(x, inverse), gain), inverse]
  })

/** With x̂ = x · inverse and ĝ = upstream · gain: dx = inverse · (ĝ − x̂ · mean(ĝ · x̂)), dgain = Σ upstream · x̂. */
const gradient = (upstream: Tensor, saved: ReadonlyArray<Tensor>): Array<Tensor> => {
  const [x, gain, inverse] = saved as [Tensor, Tensor, Tensor]
  const normalized = mul(x, inverse)
  const scaled = mul(upstream, gain)
  const along = mean(mul(scaled, normalized), -1, true)
  return [mul(inverse, sub(scaled, mul(normalized, along))), sum(mul(upstream, normalized), 0)]
}
