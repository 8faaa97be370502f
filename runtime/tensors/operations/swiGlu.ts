import { add, mul, sigmoid, sub, type Tensor } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"
import { fused, only, runFused } from "./fused.ts"

const silu = (x: Tensor): Tensor => only(runFused(fused.silu, { x }, {}, () => [mul(x, sigmoid(x))]))

/**
 * silu(gate) · up, with silu(x) = x · σ(x) (Shazeer, arXiv 2002.05202).
 *
 * The gradient of silu is σ(x) · (1 + x · (1 − σ(x))) = σ(x) + silu(x) · (1 − σ(x)).
 */
export const swiGlu = differentiable((gate: Tensor, up: Tensor) => ({
  value: mul(silu(gate), up),
  saved: [gate, up],
  gradient: (upstream, saved) => {
    const [gate, up] = saved as [Tensor, Tensor]
    const open = sigmoid(gate)
    const active = mul(gate, open)
    const slope = add(open, mul(active, sub(1, open)))
    return [mul(mul(upstream, up), slope), mul(upstream, active)]
  }
}))
