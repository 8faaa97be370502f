/** A query in place of another one, or why there is none. */
export type Proposal =
  | { readonly kind: "refined"; readonly query: string; readonly explanation: string }
  | { readonly kind: "failed"; readonly reason: "unparsed" | "unchanged" }

/** Whether two queries ask a search engine for the same: letter case and white space aside. */
export const isSameQuery = (left: string, right: string): boolean => normalized(left) === normalized(right)

const normalized = (query: string): string => query.toLowerCase().split(/\s+/).filter(Boolean).join(" ")
