/**
 * The `count` positions of the highest scores, best first; equal scores by position. Keeps a short sorted list instead of
 * sorting all of them: a question touches thousands of documents and asks for five.
 */
export const topRanked = (
  positions: ReadonlyArray<number>,
  scores: Float64Array,
  count: number
): ReadonlyArray<number> => {
  const scoreOf = (position: number): number => scores[position] ?? 0
  const precedes = (left: number, right: number): boolean =>
    scoreOf(left) > scoreOf(right) || (scoreOf(left) === scoreOf(right) && left < right)
  const best: Array<number> = []
  for (const position of positions) {
    const last = best[count - 1]
    if (last !== undefined && !precedes(position, last)) continue
    const at = best.findIndex((other) => precedes(position, other))
    best.splice(at < 0 ? best.length : at, 0, position)
    if (best.length > count) best.pop()
  }
  return best
}
