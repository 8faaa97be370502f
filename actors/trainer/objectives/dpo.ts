import {
  add,
  cast,
  div,
  exp,
  greater,
  log,
  maximum,
  minimum,
  mul,
  neg,
  slice,
  sub,
  sum,
  type Tensor
} from "@tensorflow/tfjs-core"
import type { Counted, Outcome } from "./objective.ts"

export interface Pairs extends Counted {
  /** `[B]`: what the frozen reference makes of each row, the sum over the tokens that count, in nats. */
  readonly reference: Tensor
  /** `[B / 2]`: 1 for a pair, 0 for padding. The normaliser is how many pairs the update has. */
  readonly pairs: Tensor
}

/**
 * Preference without a reward model: sigmoid DPO (Rafailov et al., arXiv 2305.18290, equation 7),
 *
 *     L = − 1/P Σ_p log σ(r(chosen_p) − r(rejected_p)),   r(y) = β (log π(y) − log π_ref(y))
 *
 * The first half of the rows of `logProbs [B, S]` holds the chosen answers, the second half the rejected ones, in the
 * same order. `margin` is the mean distance of a pair's rewards, `preferenceAccuracy` the part of the pairs in which
 * the chosen answer's is higher.
 */
export const dpo = (logProbs: Tensor, pairs: Pairs, { beta }: { readonly beta: number }): Outcome => {
  const rewards = mul(sub(sum(mul(logProbs, pairs.mask), 1), pairs.reference), beta)
  const half = pairs.pairs.size
  const chosen = slice(rewards, [0], [half])
  const rejected = slice(rewards, [half], [half])
  const margins = sub(chosen, rejected)
  const pairMean = (values: Tensor): Tensor => div(sum(mul(values, pairs.pairs)), pairs.normaliser)
  return {
    loss: pairMean(softplus(neg(margins))),
    metrics: {
      margin: pairMean(margins),
      preferenceAccuracy: pairMean(cast(greater(margins, 0), "float32")),
      chosenReward: pairMean(chosen),
      rejectedReward: pairMean(rejected)
    }
  }
}

/** log(1 + eˣ) = −log σ(−x), in a form that no size of x makes overflow. */
const softplus = (x: Tensor): Tensor => add(maximum(x, 0), log(add(exp(minimum(x, neg(x))), 1)))
