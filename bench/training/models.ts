import { parameterCount, type Qwen2Config } from "../../runtime/models/qwen2/config.ts"

/** A model, and the batches that it is trained with in a benchmark: every token of them is read and learnt. */
export interface Trained {
  readonly config: Qwen2Config
  readonly batch: number
  readonly length: number
}

const model = (
  sizes: Pick<Qwen2Config, "vocabularySize" | "hiddenSize" | "intermediateSize" | "layers" | "heads" | "keyValueHeads">,
  batch: number,
  length: number
): Trained => ({
  config: {
    ...sizes,
    headSize: sizes.hiddenSize / sizes.heads,
    ropeTheta: 10_000,
    normEpsilon: 1e-6,
    tiedEmbeddings: true,
    maxPositions: length
  },
  batch,
  length
})

/** By their number of parameters. */
export const models = {
  "0.1M": model(
    { vocabularySize: 512, hiddenSize: 48, intermediateSize: 128, layers: 4, heads: 4, keyValueHeads: 2 },
    8,
    64
  ),
  "1M": model(
    { vocabularySize: 2048, hiddenSize: 128, intermediateSize: 352, layers: 4, heads: 4, keyValueHeads: 2 },
    32,
    128
  ),
  "3M": model(
    { vocabularySize: 2048, hiddenSize: 224, intermediateSize: 608, layers: 5, heads: 7, keyValueHeads: 1 },
    16,
    128
  ),
  "10M": model(
    { vocabularySize: 2048, hiddenSize: 384, intermediateSize: 1024, layers: 6, heads: 6, keyValueHeads: 2 },
    16,
    128
  ),
  "30M": model(
    { vocabularySize: 8192, hiddenSize: 512, intermediateSize: 1408, layers: 9, heads: 8, keyValueHeads: 2 },
    8,
    128
  )
} as const satisfies Readonly<Record<string, Trained>>

export type ModelName = keyof typeof models

export const isModelName = (name: string): name is ModelName => name in models

export const tokensPerStep = ({ batch, length }: Trained): number => batch * length

/**
 * Floating-point operations that the matrix products of a step need (Chowdhery et al., arXiv 2204.02311, appendix B): six a
 * parameter and token, and 12 · layers · width · length a token for attention, which is counted as if it looked ahead too.
 */
export const flopsPerStep = (trained: Trained): number => {
  const { config, length } = trained
  const attention = 12 * config.layers * config.heads * config.headSize * length
  return tokensPerStep(trained) * (6 * parameterCount(config) + attention)
}

/** A model in one line. */
export const describe = ({ batch, config, length }: Trained): string => {
  const { heads, hiddenSize, intermediateSize, keyValueHeads, layers, vocabularySize } = config
  const parameters = `${(parameterCount(config) / 1e6).toFixed(2)} M parameters`
  return `${parameters} (width ${hiddenSize}, feed-forward ${intermediateSize}, ${layers} layers, ${heads}/${keyValueHeads} heads, ${vocabularySize} tokens), ${batch} × ${length} tokens a step`
}
