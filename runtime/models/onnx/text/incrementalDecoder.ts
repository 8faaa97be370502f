/** Turns tokens that come one by one into text that is final. */
export interface IncrementalDecoder {
  /** The text that the token completes; a character whose bytes are divided among tokens comes with the last of them. */
  readonly push: (token: number) => string
  /** What is left, replacement characters for incomplete ones included. */
  readonly flush: () => string
}

/** A character has four bytes at most, each of them a token at most; more tokens than that are no beginning of one. */
const LONGEST_WAIT = 4

/** How a decoder writes bytes that are no whole character. */
const REPLACEMENT = "\uFFFD"

/**
 * Tokens are decoded together with those of the last text, because some tokenizers write a token in the middle of a text
 * differently from one at its beginning.
 */
export const incrementalDecoder = (decode: (tokens: ReadonlyArray<number>) => string): IncrementalDecoder => {
  let context: ReadonlyArray<number> = []
  let fresh: ReadonlyArray<number> = []

  const take = (text: string): string => {
    const before = decode(context)
    context = fresh
    fresh = []
    return text.slice(before.length)
  }

  return {
    push: (token) => {
      fresh = [...fresh, token]
      const text = decode([...context, ...fresh])
      return text.endsWith(REPLACEMENT) && fresh.length < LONGEST_WAIT ? "" : take(text)
    },
    flush: () => (fresh.length === 0 ? "" : take(decode([...context, ...fresh])))
  }
}
