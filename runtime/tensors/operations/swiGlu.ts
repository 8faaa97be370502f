import { add, mul, sigmoid, sub, type Tensor } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"
import { fused, only, runFused } from "./fused.ts"

const silu = (x: Tensor): Tensor => only(runFused(fused.silu, { x }, {}, () => [mul(x, sigmoid(x))]))

/**
 * silu(gate) · up, with silu(x) = x · σ(x) (Shazeer, arXiv 2002.05202).
 *
 * The gradient of silu is σ(x) · (1 + x · (1 − σ(x))) = silu(x) + σ(x) · (1 − silu(x)).
 */
export const swiGlu = differentiable((gate: Tensor, up: Tensor) => {
  const active = silu(gate)
  return {
    value: mul(active, up),
    saved: [gate, up, active],
    gradient: (upstream, saved) => {
      const [gate, up, active] = saved as [Tensor, Tensor, Tensor]
      const slope = add(active, mul(sigmoid(gate), sub(1, active)))
      return [mul(mul(upstream, up), slope), mul(upstream, active)]
    }
  }
})
