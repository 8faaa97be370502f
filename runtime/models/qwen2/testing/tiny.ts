import type { Qwen2Config } from "../config.ts"

/** A decoder of a few thousand parameters with everything that can differ. */
export const tinyConfig: Qwen2Config = {
  vocabularySize: 11,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 64
}

/** The message of what an action throws. */
export const thrownBy = (action: () => unknown): string => {
  try {
    action()
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
  return "nothing was thrown"
}
