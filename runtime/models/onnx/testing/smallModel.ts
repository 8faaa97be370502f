import { parameterShapes, type Qwen2Config, sizeOf, type Weights } from "../../qwen2/config.ts"
import { seededRandom } from "../../random.ts"
import type { GenerationJob, ModelText, TokenSampling } from "../generationEngine.ts"

/** A model that is computed at once; `keyValueHeads` and what else is to be different is told. */
export const smallConfig = (changes: Partial<Qwen2Config> = {}): Qwen2Config => ({
  vocabularySize: 96,
  hiddenSize: 32,
  intermediateSize: 48,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 256,
  ...changes
})

/** Weights of a size at which logits differ by several units, so that a mistake shows; biases and norms are random too. */
export const lively = (config: Qwen2Config, seed = 1): Weights =>
  Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape]) => {
      const random = seededRandom(seed, name)
      const [center, deviation] = name.endsWith("norm.weight") ? [1, 0.2] : [0, 0.3]
      return [name, Float32Array.from({ length: sizeOf(shape) }, () => center + deviation * random.normal())]
    })
  )

/** Random tokens. */
export const somePrompt = (length: number, seed: number, vocabularySize = 96): ReadonlyArray<number> => {
  const random = seededRandom(seed, "prompt")
  return Array.from({ length }, () => random.below(vocabularySize))
}

/** A token is the character of its id from the space on. */
export const characters: ModelText = {
  encode: (text) => [...text].map((character) => (character.codePointAt(0) ?? 32) - 32),
  decode: (tokens) => String.fromCodePoint(...tokens.map((token) => token + 32))
}

/** A greedy job without an end of its own, or what is told. */
export const jobOf = (
  prompt: ReadonlyArray<number>,
  sampling: Partial<TokenSampling> = {},
  logProbs?: GenerationJob["logProbs"]
): GenerationJob => ({
  prompt,
  sampling: {
    temperature: 0,
    topP: 1,
    topK: 0,
    maxNewTokens: 12,
    stop: [],
    stopTokens: [],
    ignoreEndOfText: false,
    ...sampling
  },
  ...(logProbs !== undefined && { logProbs })
})
