import { add, concat, mul, neg, reshape, slice, sub, type Tensor, tensor } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"
import { fused, only, runFused } from "./fused.ts"

/** Cosines and sines of the angles by which positions turn a head's halves against each other, each [length, headSize / 2]. */
export interface RotaryTable {
  readonly cos: Tensor
  readonly sin: Tensor
}

/** Angles of the positions 0 to `length` − 1: position / theta^(2i / headSize) (Su et al., arXiv 2104.09864). */
export const rotaryTable = (length: number, headSize: number, theta: number): RotaryTable => {
  const half = headSize / 2
  const angle = (index: number) => Math.floor(index / half) / theta ** ((2 * (index % half)) / headSize)
  const table = (f: (angle: number) => number) =>
    tensor(
      Float32Array.from({ length: length * half }, (_, index) => f(angle(index))),
      [length, half]
    )
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

/**
 * Turns queries or keys `x` [batch, length, heads · headSize] by their positions. As in Hugging Face's checkpoints, it is the
 * first half of a head that is turned against the second.
 */
export const rotary = (x: Tensor, heads: number, { cos, sin }: RotaryTable): Tensor =>
  differentiable((x: Tensor) => ({
    value: turn(x, heads, cos, sin),
    saved: [cos, sin],
    gradient: (upstream, [cos, sin]) => [turn(upstream, heads, cos as Tensor, neg(sin as Tensor))]
  }))(x)

const turn = (x: Tensor, heads: number, cos: Tensor, sin: Tensor): Tensor =>
  only(
    runFused(fused.rotary, { x, cos, sin }, { heads }, () => {
      const [batch = 1, length = 1, size = 1] = x.shape
      const half = size / heads / 2
      const split = reshape(x, [batch, length, heads, 2 * half])
      const first = slice(split, [0, 0, 0, 0], [batch, length, heads, half])
      const second = slice(split, [0, 0, 0, half], [batch, length, heads, half])
      const c = reshape(cos, [1, length, 1, half])
      const s = reshape(sin, [1, length, 1, half])
      const turned = concat([sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))], -1)
      return [reshape(turned, x.shape)]
    })
  )
