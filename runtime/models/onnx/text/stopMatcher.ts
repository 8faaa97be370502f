/** Looks for stop strings in a text that comes in pieces. */
export interface StopMatcher {
  /** The text that can be shown, and the stop string that follows it if there is one; nothing is to be pushed after that. */
  readonly push: (piece: string) => { readonly text: string; readonly matched?: string }
  /** What was held back, when the text ends. */
  readonly flush: () => string
}

/** Of several stop strings the one that begins first is found; of those that begin at the same place, the first in the list. */
export const stopMatcher = (stops: ReadonlyArray<string>): StopMatcher => {
  const wanted = stops.filter((stop) => stop !== "")
  let held = ""
  return {
    push: (piece) => {
      held += piece
      const first = firstMatch(held, wanted)
      if (first !== undefined) return { text: held.slice(0, first.at), matched: first.stop }
      const final = held.length - longestBeginning(held, wanted)
      const text = held.slice(0, final)
      held = held.slice(final)
      return { text }
    },
    flush: () => held
  }
}

const firstMatch = (text: string, stops: ReadonlyArray<string>) => {
  let first: { readonly at: number; readonly stop: string } | undefined
  for (const stop of stops) {
    const at = text.indexOf(stop)
    if (at >= 0 && (first === undefined || at < first.at)) first = { at, stop }
  }
  return first
}

/** The length of the longest end of the text that a stop string begins with. */
const longestBeginning = (text: string, stops: ReadonlyArray<string>): number => {
  let longest = 0
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length
    }
  }
  return longest
}
