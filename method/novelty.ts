/**
 * The documents of a round that any earlier round of the same trajectory already retrieved, in retrieved order, each once
 * (paper, novelty score: their number is O_t).
 *
 * A document is known by its id, or by its exact text where it has none; both lists must use the same identity.
 */
export const overlap = (retrieved: ReadonlyArray<string>, earlier: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Set(earlier)
  return [...new Set(retrieved)].filter((document) => known.has(document))
}

/** Whether a query brought enough new documents: O_t ≤ K. */
export const isNovel = (overlapCount: number, maxOverlap: number): boolean => overlapCount <= maxOverlap

/** What the novelty rule has to say about a round, in words that a refiner can act on. */
export const noveltyFeedback = (overlapCount: number, maxOverlap: number): string => {
  const verdict = isNovel(overlapCount, maxOverlap) ? "novel" : "redundant"
  const known = overlapCount === 1 ? "1 document" : `${overlapCount} documents`
  return `The query is ${verdict}: it retrieved ${known} that earlier rounds had already retrieved (allowed: ${maxOverlap}).`
}
