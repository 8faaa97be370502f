import { cast, exp, less, maximum, minimum, mul, reshape, sub, type Tensor } from "@tensorflow/tfjs-core"
import { type Counted, type Outcome, tokenMean } from "./objective.ts"

export interface Rollouts extends Counted {
  /** `[B, S]`: log-probabilities under the policy that wrote the rollouts, in nats. */
  readonly old: Tensor
  /** `[B, S]`: log-probabilities under the frozen reference, in nats. */
  readonly reference: Tensor
  /** `[B]`: each rollout's advantage over its group. */
  readonly advantages: Tensor
}

export interface GrpoSettings {
  /** How far the probability ratio may fall below 1, and rise above it, before more of it earns nothing. */
  readonly clip: { readonly low: number; readonly high: number }
  /** Weight of the distance to the reference. */
  readonly klCoefficient: number
}

/**
 * Group relative policy optimization (Shao et al., arXiv 2402.03300, equations 3 and 4), with the mean over all tokens that
 * count, as the method's trainer takes it, instead of one mean per rollout:
 *
 *     L = 1/N Σ_b Σ_s m_bs [ β k_bs − min(ρ_bs A_b, clip(ρ_bs, 1 − ε_low, 1 + ε_high) A_b) ]
 *     ρ = π / π_old,   k = π_ref / π − log(π_ref / π) − 1
 *
 * k estimates the KL divergence from the policy to the reference without bias and is never negative (Schulman,
 * "Approximating KL divergence", k3). `kl` is its mean, `ratioMean` that of ρ, and `clipFraction` the part of the tokens
 * whose clipped term is the smaller one: those push the policy no further.
 */
export const grpo = (logProbs: Tensor, rollouts: Rollouts, { clip, klCoefficient }: GrpoSettings): Outcome => {
  const { advantages, mask, old, reference } = rollouts
  const ratio = exp(bounded(mul(sub(logProbs, old), mask)))
  const advantage = reshape(advantages, [advantages.size, 1])
  const free = mul(ratio, advantage)
  const clipped = mul(minimum(maximum(ratio, 1 - clip.low), 1 + clip.high), advantage)
  const fromReference = bounded(mul(sub(reference, logProbs), mask))
  const divergence = sub(sub(exp(fromReference), fromReference), 1)
  return {
    loss: tokenMean(sub(mul(divergence, klCoefficient), minimum(free, clipped)), rollouts),
    metrics: {
      kl: tokenMean(divergence, rollouts),
      clipFraction: tokenMean(cast(less(clipped, free), "float32"), rollouts),
      ratioMean: tokenMean(ratio, rollouts)
    }
  }
}

/** Log-ratios of ±20 and more count as that: e²⁰ is far outside of any clipped range, e⁸⁹ outside of float32. */
const bounded = (logRatio: Tensor): Tensor => minimum(maximum(logRatio, -20), 20)
