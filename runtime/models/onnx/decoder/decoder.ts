import type { CacheShape, RowCache } from "../cache/rowCache.ts"

/** A causal language model that computes one step for several sequences. */
export interface Decoder {
  readonly cacheShape: CacheShape
  readonly vocabularySize: number
  /** Sequences that can be computed at the same time; unlimited if undefined. */
  readonly mostRows?: number
  /**
   * Computes the next tokens [rows · length] of all rows of the cache and appends their keys and values to it.
   *
   * @param wanted of the tokens, the places of those whose logits are wanted
   * @returns logits [wanted, vocabularySize]
   */
  readonly forward: (
    cache: RowCache,
    tokens: ReadonlyArray<number>,
    wanted: ReadonlyArray<number>
  ) => Promise<Float32Array>
  readonly release: () => Promise<void>
}

/** Positions of the next tokens of all rows, row by row. */
export const nextPositions = ({ lengths }: RowCache, count: number): ReadonlyArray<number> =>
  lengths.flatMap((length) => Array.from({ length: count }, (_, step) => length + step))
