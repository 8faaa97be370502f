import { neg, type Tensor } from "@tensorflow/tfjs-core"
import { type Counted, type Outcome, tokenMean } from "./objective.ts"

export interface Demonstrations extends Counted {
  /** `[B, S]`: 1 where no token was likelier than the target. */
  readonly hits: Tensor
}

/**
 * Imitation: the cross-entropy of the demonstrated tokens,
 *
 *     L = − 1/N Σ_b Σ_s m_bs log π(y_bs),   N = Σ m over all micro-batches of the update
 *
 * so that every token that counts weighs the same, however the batch is divided. `logProbs [B, S]` are in nats. `tokenAccuracy`
 * is the part of those tokens that were the likeliest ones.
 */
export const sft = (logProbs: Tensor, demonstrations: Demonstrations): Outcome => ({
  loss: neg(tokenMean(logProbs, demonstrations)),
  metrics: { tokenAccuracy: tokenMean(demonstrations.hits, demonstrations) }
})
