/** Which tokens remain to be drawn from. */
export interface Truncation {
  /** This many of the likeliest; 0 for all. */
  readonly topK: number
  /** Of these as few of the likeliest as together have this share of their weight, and at least one. */
  readonly topP: number
}

/**
 * Sets the weights of all tokens but the likeliest to 0 and returns the sum of those that are kept. Of tokens that weigh the
 * same, the lower id is kept first.
 *
 * @param weights one for each token, from 0 to 1, which the greatest is
 * @param total their sum
 */
export const truncate = (weights: Float64Array, total: number, { topK, topP }: Truncation): number => {
  if (topK === 0 && topP >= 1) return total
  const ranked = ranking(weights, topK > 0 ? leastOf(weights, topK) : ((1 - topP) * total) / weights.length)
  const limit = topK > 0 ? Math.min(topK, ranked.length) : ranked.length
  const mass = topP * (topK > 0 ? sum(ranked.subarray(0, limit)) : total)
  let kept = 0
  let keptMass = 0
  while (kept < limit && (kept === 0 || keptMass < mass)) keptMass += ranked[kept++] ?? 0

  const threshold = ranked[kept - 1] ?? 0
  let ties = kept - ranked.indexOf(threshold)
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] ?? 0
    if (weight < threshold || (weight === threshold && ties-- <= 0)) weights[id] = 0
  }
  return keptMass
}

/** Weights above a limit in descending order. The limit spares sorting a whole vocabulary. */
const ranking = (weights: Float64Array, least: number): Float64Array =>
  weights
    .filter((weight) => weight > least)
    .sort()
    .reverse()

/** A limit that at least so many weights exceed, if so many exceed 0. */
const leastOf = (weights: Float64Array, count: number): number => {
  let least = 1
  while (least > 0 && countAbove(weights, least) < count) least = least < Number.EPSILON ** 2 ? 0 : least / 16
  return least
}

const countAbove = (weights: Float64Array, least: number): number => {
  let count = 0
  for (let i = 0; i < weights.length; i++) if ((weights[i] ?? 0) > least) count++
  return count
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
