import { add, div, minimum, mul, scalar, sqrt, square, sum, type Tensor } from "@tensorflow/tfjs-core"

export interface Clipped {
  readonly gradients: ReadonlyArray<Tensor>
  /** Of all gradients together, before clipping. */
  readonly norm: Tensor
}

/**
 * Scales all gradients down alike when together they are longer than `maxNorm` (Pascanu et al., arXiv 1211.5063), as
 * `torch.nn.utils.clip_grad_norm_` does: by min(1, maxNorm / (norm + 10⁻⁶)).
 */
export const clipByGlobalNorm = (gradients: ReadonlyArray<Tensor>, maxNorm: number): Clipped => {
  const squares = gradients.map((gradient) => sum(square(gradient)))
  const norm = sqrt(squares.reduce((total, one) => add(total, one), scalar(0)))
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1)
  return { gradients: gradients.map((gradient) => mul(gradient, scale)), norm }
}
