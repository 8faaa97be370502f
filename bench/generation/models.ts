import type { Qwen2Config } from "../../runtime/models/qwen2/config.ts"
import { seededRandom } from "../../runtime/models/random.ts"

const model = (hiddenSize: number, intermediateSize: number, layers: number, heads: number): Qwen2Config => ({
  vocabularySize: 4096,
  hiddenSize,
  intermediateSize,
  layers,
  heads,
  keyValueHeads: heads,
  headSize: hiddenSize / heads,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 512
})

/** By about their number of parameters. */
export const models: Readonly<Record<string, Qwen2Config>> = {
  "1M": model(128, 352, 4, 4),
  "10M": model(384, 1024, 6, 6)
}

/** What is generated: greedily, so many new tokens after so many of a prompt, by several sequences at once. */
export interface Workload {
  readonly sequences: number
  readonly promptTokens: number
  readonly newTokens: number
}

/** A random prompt for each sequence; those of two rounds have nothing in common, so that nothing is left over from the last. */
export const promptsOf = (
  { promptTokens, sequences }: Workload,
  round: string
): ReadonlyArray<ReadonlyArray<number>> => {
  const random = seededRandom(1, round)
  return Array.from({ length: sequences }, () => Array.from({ length: promptTokens }, () => random.below(4096)))
}

/** Generates a workload and returns the new tokens of every sequence. */
export type Generate = (
  prompts: ReadonlyArray<ReadonlyArray<number>>,
  workload: Workload
) => Promise<ReadonlyArray<ReadonlyArray<number>>>
