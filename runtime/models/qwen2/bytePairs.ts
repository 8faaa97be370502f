/** Byte-pair encoding (Sennrich et al., arXiv 1508.07909): which neighbours become one token, and in which order. */
export interface BytePairs {
  /** The alphabet, then the tokens in the order in which they were made. */
  readonly vocabulary: ReadonlyArray<string>
  readonly merges: ReadonlyArray<readonly [left: string, right: string]>
}

/**
 * Learns merges from words with their counts until the vocabulary has `size` tokens or no pair is left that occurs twice: each
 * time the pair that occurs most often, of equal ones the one whose tokens are older. Words hold letters of the alphabet only;
 * the same words give the same merges, in whatever order they come.
 */
export const learnBytePairs = (
  words: ReadonlyMap<string, number>,
  alphabet: ReadonlyArray<string>,
  size: number
): BytePairs => {
  const vocabulary = [...alphabet]
  const idOf = new Map(alphabet.map((letter, id) => [letter, id]))
  const pairs = new PairCounts()
  const held = [...words].map(([text, count]) => ({
    tokens: Array.from(text, (letter) => idOf.get(letter) ?? 0),
    count
  }))
  for (const [word, { tokens, count }] of held.entries()) pairs.add(word, tokens, count)
  const merges: Array<readonly [string, string]> = []
  while (vocabulary.length < size) {
    const best = pairs.mostFrequent()
    if (best === undefined) break
    const [left, right] = [vocabulary[best.left] ?? "", vocabulary[best.right] ?? ""]
    // Another pair may have made the same token before.
    const merged = idOf.get(left + right) ?? vocabulary.push(left + right) - 1
    idOf.set(left + right, merged)
    merges.push([left, right])
    for (const word of best.words) {
      const entry = held[word]
      if (entry === undefined) continue
      pairs.add(word, entry.tokens, -entry.count)
      entry.tokens = joined(entry.tokens, best, merged)
      pairs.add(word, entry.tokens, entry.count)
    }
  }
  return { vocabulary, merges }
}

interface Pair {
  readonly left: number
  readonly right: number
}

/** A word's tokens with the pair made one, from left to right. */
const joined = (tokens: ReadonlyArray<number>, { left, right }: Pair, merged: number): Array<number> => {
  const result: Array<number> = []
  for (let i = 0; i < tokens.length; i++) {
    const isPair = tokens[i] === left && tokens[i + 1] === right
    result.push(isPair ? merged : (tokens[i] ?? 0))
    if (isPair) i++
  }
  return result
}

/** More than a vocabulary can have tokens. */
const radix = 2 ** 24

/** How often each pair of neighbours occurs, and in which words. */
class PairCounts {
  private readonly places = new Map<number, number>()
  private readonly pairs: Array<number> = []
  private readonly counts: Array<number> = []
  private readonly words: Array<Set<number>> = []

  /** Counts the pairs of a word that occurs so often; a negative number takes them back. */
  add(word: number, tokens: ReadonlyArray<number>, count: number): void {
    for (let i = 1; i < tokens.length; i++) {
      const pair = (tokens[i - 1] ?? 0) * radix + (tokens[i] ?? 0)
      const place = this.places.get(pair) ?? this.pairs.push(pair) - 1
      this.places.set(pair, place)
      this.counts[place] = (this.counts[place] ?? 0) + count
      const words = this.words[place] ?? new Set()
      this.words[place] = words
      if (count > 0) words.add(word)
    }
  }

  /** The pair that occurs most often, and at least twice, with the words in which it is or was. */
  mostFrequent(): (Pair & { readonly words: ReadonlyArray<number> }) | undefined {
    let best = -1
    let most = 1
    for (let place = 0; place < this.counts.length; place++) {
      const count = this.counts[place] ?? 0
      if (count > most || (count === most && best >= 0 && (this.pairs[place] ?? 0) < (this.pairs[best] ?? 0))) {
        best = place
        most = count
      }
    }
    const pair = this.pairs[best]
    if (pair === undefined) return undefined
    return { left: Math.floor(pair / radix), right: pair % radix, words: [...(this.words[best] ?? [])] }
  }
}
