import type { Random } from "../../random.ts"
import type { TokenLogProb, TokenSampling } from "../generationEngine.ts"
import { softmaxWeights } from "./softmaxWeights.ts"
import { truncate } from "./truncate.ts"

/** How a token is drawn. */
export type DrawRules = Pick<TokenSampling, "temperature" | "topK" | "topP">

/** Reads logits of one position at a time; each [vocabularySize]. */
export interface Sampler {
  /** The next token by these rules. Takes one number of the source, unless it is greedy. */
  readonly draw: (logits: Float32Array, rules: DrawRules, random: Random, top: number) => TokenLogProb
  /** A token that is there already, and the likeliest ones in its place. */
  readonly tell: (logits: Float32Array, id: number, top: number) => TokenLogProb
}

/** Thrown when a model's logits are no numbers: its weights are broken. */
export class BrokenLogits extends Error {}

export const makeSampler = (vocabularySize: number): Sampler => {
  const weights = new Float64Array(vocabularySize)

  const toldOf = (logits: Float32Array, id: number, logNormalizer: number, top: number): TokenLogProb => {
    const logProbOf = (token: number) => (logits[token] ?? 0) - logNormalizer
    return {
      id,
      logProb: logProbOf(id),
      top: likeliest(logits, top).map((token) => ({ id: token, logProb: logProbOf(token) }))
    }
  }

  return {
    draw: (logits, { temperature, ...truncation }, random, top) => {
      const best = indexOfGreatest(logits)
      const greatest = logits[best] ?? 0
      let total = softmaxWeights(logits, greatest, 1, weights)
      const logNormalizer = greatest + Math.log(total)
      if (temperature === 0) return toldOf(logits, best, logNormalizer, top)
      if (temperature !== 1) total = softmaxWeights(logits, greatest, temperature, weights)
      const chosen = drawn(weights, random.uniform() * truncate(weights, total, truncation))
      return toldOf(logits, chosen ?? best, logNormalizer, top)
    },
    tell: (logits, id, top) => {
      const greatest = logits[indexOfGreatest(logits)] ?? 0
      return toldOf(logits, id, greatest + Math.log(softmaxWeights(logits, greatest, 1, weights)), top)
    }
  }
}

const indexOfGreatest = (values: Float32Array): number => {
  let best = -1
  let greatest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (value > greatest) {
      best = i
      greatest = value
    }
  }
  if (!Number.isFinite(greatest)) throw new BrokenLogits("the model's logits are no numbers; its weights are broken")
  return best
}

/** The index at which the running sum exceeds the mark; undefined when rounding kept it from that. */
const drawn = (weights: Float64Array, mark: number): number | undefined => {
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] ?? 0
    if (sum > mark) return i
  }
  return undefined
}

/** The indices of the greatest values, in descending order; of equal values the lower index comes first. */
const likeliest = (values: Float32Array, count: number): ReadonlyArray<number> => {
  const best: Array<number> = []
  const valueAt = (rank: number) => values[best[rank] ?? -1] ?? Number.NEGATIVE_INFINITY
  for (let i = 0; count > 0 && i < values.length; i++) {
    const value = values[i] ?? 0
    if (best.length === count && value <= valueAt(count - 1)) continue
    let rank = best.length
    while (rank > 0 && value > valueAt(rank - 1)) rank--
    best.splice(rank, 0, i)
    if (best.length > count) best.pop()
  }
  return best
}
