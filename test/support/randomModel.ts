import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Qwen2Config } from "../../runtime/models/qwen2/config.ts"
import { initializeWeights } from "../../runtime/models/qwen2/initialize.ts"
import { saveModel } from "../../runtime/models/qwen2/saveModel.ts"
import { saveTokenizer, trainTokenizer } from "../../runtime/models/qwen2/trainTokenizer.ts"

/** A model of 27,000 parameters whose tokens are bytes and Qwen's control tokens. */
export const tinyShape: Qwen2Config = {
  vocabularySize: 259,
  hiddenSize: 32,
  intermediateSize: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 512
}

/** Writes a model with random weights into `folder/name`: what it says means nothing, and is always the same. */
export const writeRandomModel = async (
  folder: string,
  name: string,
  { seed = 1, shape = tinyShape }: { readonly seed?: number; readonly shape?: Qwen2Config } = {}
): Promise<string> => {
  const tokenizer = join(folder, "tokenizer")
  mkdirSync(tokenizer, { recursive: true })
  saveTokenizer(tokenizer, await trainTokenizer([], { vocabularySize: 259 }))
  const model = join(folder, name)
  // Deviating ten times as far as a new model's, the weights prefer some tokens clearly to others.
  const weights = initializeWeights(shape, seed, 0.2)
  saveModel(model, { config: shape, weights, type: "float32", from: tokenizer })
  return model
}
