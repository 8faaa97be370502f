/** Which documents hold which term. A document is known by its position in the corpus. */
export interface Index {
  /** For each term: position and number of occurrences of every document that holds it, alternating, by position. */
  readonly postings: ReadonlyMap<string, Uint32Array>
  /** Terms in each document. */
  readonly lengths: Float64Array
  readonly averageLength: number
}

export const buildIndex = <A>(documents: ReadonlyArray<A>, termsOf: (document: A) => ReadonlyArray<string>): Index => {
  const growing = new Map<string, Array<number>>()
  const lengths = new Float64Array(documents.length)
  documents.forEach((document, position) => {
    const terms = termsOf(document)
    lengths[position] = terms.length
    for (const term of terms) count(growing, term, position)
  })
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return {
    postings: new Map(Array.from(growing, ([term, list]) => [term, Uint32Array.from(list)])),
    lengths,
    averageLength: Math.max(total, 1) / Math.max(documents.length, 1)
  }
}

/** Positions only ever grow, so a term met again in the same document is the last entry of its list. */
const count = (postings: Map<string, Array<number>>, term: string, position: number): void => {
  const list = postings.get(term)
  if (list === undefined) postings.set(term, [position, 1])
  else if (list[list.length - 2] === position) list[list.length - 1] = (list[list.length - 1] ?? 0) + 1
  else list.push(position, 1)
}
