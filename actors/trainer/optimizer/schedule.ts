export interface Schedule {
  readonly kind: "cosine" | "linear" | "constant"
  /** Learning rate at its peak. */
  readonly peak: number
  /** Part of the steps in which it rises from 0. */
  readonly warmupRatio: number
  /** Updates of the weights in all. */
  readonly steps: number
}

/**
 * Learning rate of an update, counted from 1, as Transformers' schedules with warm-up give it (`get_cosine_schedule_with_warmup`
 * and its like): it rises in a line, then falls to 0 in half a cosine or in a line, or stays. The first of several
 * warm-up steps has rate 0, as there.
 */
export const learningRate = ({ kind, peak, steps, warmupRatio }: Schedule, step: number): number => {
  const before = step - 1
  const warmup = Math.ceil(steps * warmupRatio)
  if (before < warmup) return (peak * before) / warmup
  const progress = Math.min(1, (before - warmup) / Math.max(1, steps - warmup))
  if (kind === "cosine") return (peak * (1 + Math.cos(Math.PI * progress))) / 2
  return kind === "linear" ? peak * (1 - progress) : peak
}
