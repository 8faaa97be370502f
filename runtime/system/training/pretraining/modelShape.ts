import type { PretrainSettings } from "../../../../config/training.ts"
import type { Qwen2Config } from "../../../models/qwen2/config.ts"
import { byteAlphabet, controlTokens } from "../../../models/qwen2/tokenizerDescription.ts"
import { protocolTags } from "./tokenizerTexts.ts"

/** Tokens that every tokenizer has: the bytes, the control tokens and the tags. */
const leastTokens = byteAlphabet.length + controlTokens.length + protocolTags.length

/** Why a policy can't be as the settings say, in words; undefined when it can. */
export const shapeProblem = (settings: PretrainSettings): string | undefined => {
  const { vocabularySize, hiddenSize, heads, keyValueHeads, cutoffLength, maxPositions } = settings
  const headSize = hiddenSize / heads
  if (vocabularySize < leastTokens) {
    return `vocabularySize: ${vocabularySize} is too small; bytes, control tokens and tags alone are ${leastTokens}`
  }
  if (!Number.isInteger(headSize)) return `heads: ${heads} does not divide hiddenSize, ${hiddenSize}`
  if (headSize % 2 !== 0) {
    return `heads: ${heads} of them have ${headSize} of the hiddenSize of ${hiddenSize} each; rotary positions need an even number`
  }
  if (heads % keyValueHeads !== 0) return `keyValueHeads: ${keyValueHeads} does not divide heads, ${heads}`
  return cutoffLength <= maxPositions
    ? undefined
    : `cutoffLength: ${cutoffLength} exceeds maxPositions, ${maxPositions}; raise that one or lower this`
}

/** Embeddings whose rows are a multiple of that are read in whole blocks. */
const block = 64

/** The shape of a policy whose tokenizer has so many tokens. */
export const shapeOf = (settings: PretrainSettings, tokens: number): Qwen2Config => ({
  vocabularySize: Math.ceil(tokens / block) * block,
  hiddenSize: settings.hiddenSize,
  intermediateSize: settings.intermediateSize,
  layers: settings.layers,
  heads: settings.heads,
  keyValueHeads: settings.keyValueHeads,
  headSize: settings.hiddenSize / settings.heads,
  ropeTheta: settings.ropeTheta,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: settings.maxPositions
})
