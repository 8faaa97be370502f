import { div, mul, sum, type Tensor } from "@tensorflow/tfjs-core"

/**
 * What an objective makes of a micro-batch. `loss` and all metrics are shares of means over the whole batch of an update:
 * those of its micro-batches add up to those of the batch.
 */
export interface Outcome {
  readonly loss: Tensor
  readonly metrics: Readonly<Record<string, Tensor>>
}

/** What says which tokens count; `[B, S]` is sequences by target positions, padded. */
export interface Counted {
  /** `[B, S]`: 1 where a token counts, 0 for padding and for what the policy did not write. */
  readonly mask: Tensor
  /** What means are divided by: the tokens, or pairs, that count in all micro-batches of the update together. */
  readonly normaliser: Tensor
}

/** The micro-batch's share of a mean over all tokens that count. */
export const tokenMean = (values: Tensor, { mask, normaliser }: Counted): Tensor =>
  div(sum(mul(values, mask)), normaliser)
