import { add, div, mul, slice, sqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core"

export interface AdamWSettings {
  /** Part of the running mean of the gradients that each step keeps. */
  readonly beta1: number
  /** Part of the running mean of their squares that each step keeps. */
  readonly beta2: number
  /** Keeps the division by the root of that mean from growing without bound. */
  readonly epsilon: number
  /** Part of a weight that a step at learning rate 1 would take away. */
  readonly weightDecay: number
}

/** A parameter with the running means of its gradients and of their squares; all three of one shape. */
export interface Optimized {
  readonly value: Tensor
  readonly mean: Tensor
  readonly squares: Tensor
}

/** How many numbers `stepScalars` gives. */
export const stepScalarCount = 3

/**
 * What changes from step to step, for the tensor that `adamW` takes, so that one compiled graph serves all of them.
 * Steps count from 1; they and the learning rate decide these numbers alone, whatever went before.
 */
export const stepScalars = (settings: AdamWSettings, step: number, learningRate: number): Float32Array => {
  const correction = Math.sqrt(1 - settings.beta2 ** step)
  return Float32Array.of(
    1 - learningRate * settings.weightDecay,
    (learningRate * correction) / (1 - settings.beta1 ** step),
    settings.epsilon * correction
  )
}

/**
 * One step of AdamW (Loshchilov and Hutter, arXiv 1711.05101), as `torch.optim.AdamW` computes it:
 *
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *     w ← (1 − ηλ) w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * The last fraction is expanded by √(1 − β₂ᵗ), which saves a pass over the weights. `scalars` are the step's, as a tensor;
 * λ counts as 0 where the parameter does not decay.
 */
export const adamW = (
  { mean, squares, value }: Optimized,
  gradient: Tensor,
  scalars: Tensor,
  { beta1, beta2, decays }: Pick<AdamWSettings, "beta1" | "beta2"> & { readonly decays: boolean }
): Optimized => {
  const scalar = (index: number) => slice(scalars, [index], [1])
  const nextMean: Tensor = add(mul(mean, beta1), mul(gradient, 1 - beta1))
  const nextSquares: Tensor = add(mul(squares, beta2), mul(square(gradient), 1 - beta2))
  const direction: Tensor = div(nextMean, add(sqrt(nextSquares), scalar(2)))
  const kept: Tensor = decays ? mul(value, scalar(0)) : value
  return { value: sub(kept, mul(direction, scalar(1))), mean: nextMean, squares: nextSquares }
}

/** Whether a parameter decays: weight matrices do, biases and the weights of norms don't, as Transformers decides it. */
export const decays = (name: string): boolean => !name.endsWith(".bias") && !/norm\.weight$/.test(name)
