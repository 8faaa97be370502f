import { emptyHistory, type History } from "./history.ts"

/**
 * Puts together the histories of a divided log. Everything about one correlation id must have been folded into the same
 * part; of what several parts hold, such as runs, the first part's stands.
 */
export const mergeHistories = (parts: Iterable<History>): History => {
  const merged = emptyHistory()
  for (const part of parts) {
    addMissing(merged.runs, part.runs)
    addMissing(merged.questions, part.questions)
    addMissing(merged.settings, part.settings)
  }
  return merged
}

const addMissing = <Value>(into: Map<string, Value>, from: ReadonlyMap<string, Value>): void => {
  for (const [key, value] of from) if (!into.has(key)) into.set(key, value)
}
