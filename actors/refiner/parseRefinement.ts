import { extractQueries, tags } from "../../method/protocol.ts"
import { isSameQuery, type Proposal } from "./proposal.ts"

/**
 * Reads a refiner's reply: some words, then the new query between `<search>` and `</search>`; of several queries the last one
 * counts. Without a query that says something it is `unparsed`, with the original one `unchanged`.
 */
export const parseRefinement = (reply: string, original: string): Proposal => {
  const text = reply.split(tags.think.close).at(-1) ?? ""
  const query = extractQueries(text).at(-1)?.replace(/\s+/g, " ") ?? ""
  if (query === "" || hasTag(query)) return { kind: "failed", reason: "unparsed" }
  if (isSameQuery(query, original)) return { kind: "failed", reason: "unchanged" }
  return { kind: "refined", query, explanation: text.slice(0, text.lastIndexOf(tags.search.open)).trim() }
}

/** A tag inside the query would break the transcript that it is put into. */
const hasTag = (query: string): boolean =>
  Object.values(tags).some(({ open, close }) => query.includes(open) || query.includes(close))
