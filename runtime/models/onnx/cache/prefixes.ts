import type { KeyValues } from "./rowCache.ts"

/** A sequence that ended, with the keys and values of its tokens. */
interface Kept {
  readonly tokens: ReadonlyArray<number>
  readonly keyValues: KeyValues
}

/** How many tokens two sequences have in common from the beginning. */
export const commonPrefix = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const limit = Math.min(a.length, b.length)
  let common = 0
  while (common < limit && a[common] === b[common]) common++
  return common
}

/**
 * Keys and values of sequences that ended, for those that go on with the same tokens. When they have more tokens than `capacity`,
 * the ones that were not used for longest go.
 */
export class Prefixes {
  readonly capacity: number
  /** The one used last is at the end. */
  private kept: Array<Kept> = []
  private size = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Tokens that are kept. */
  get tokens(): number {
    return this.size
  }

  /** The sequence with the longest prefix in common with these tokens. */
  longest(tokens: ReadonlyArray<number>): { readonly common: number; readonly keyValues: KeyValues } | undefined {
    let [best, common] = [-1, 0]
    for (const [index, candidate] of this.kept.entries()) {
      const shared = commonPrefix(candidate.tokens, tokens)
      if (shared > common) [best, common] = [index, shared]
    }
    const [found] = best < 0 ? [] : this.kept.splice(best, 1)
    if (found === undefined) return undefined
    this.kept.push(found)
    return { common, keyValues: found.keyValues }
  }

  /** Whether a sequence would be worth keeping: it fits, and none that is kept begins with it. */
  wants(tokens: ReadonlyArray<number>): boolean {
    if (tokens.length === 0 || tokens.length > this.capacity) return false
    return this.kept.every((known) => commonPrefix(known.tokens, tokens) < tokens.length)
  }

  /** Keeps a sequence in place of those it goes on with. */
  keep(tokens: ReadonlyArray<number>, keyValues: KeyValues): void {
    const others = this.kept.filter((known) => commonPrefix(known.tokens, tokens) < known.tokens.length)
    this.kept = [...others, { tokens, keyValues }]
    this.size = this.kept.reduce((sum, known) => sum + known.tokens.length, 0)
    while (this.size > this.capacity) this.size -= this.kept.shift()?.tokens.length ?? this.size
  }
}
