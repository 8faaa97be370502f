import type { Completion, Prompt, Token } from "./dialects.ts"

/** Ends a text where a model server would: before the first stop string, and at the token limit. */
export const complete = (written: string, prompt: Prompt): Completion => {
  const stop = firstStop(written, prompt.stop)
  const kept = stop === undefined ? written : written.slice(0, stop.at + stop.matched.length)
  const tokens = tokenize(kept)
  if (tokens.length > prompt.maxNewTokens) return cutToLength(tokens, prompt.maxNewTokens)
  return {
    text: stop === undefined ? kept : written.slice(0, stop.at),
    tokens,
    ended: { by: "stop", matched: stop?.matched ?? null }
  }
}

/** The first half of a completion, as if the server had run out of room. */
export const cutInHalf = ({ tokens }: Completion): Completion => cutToLength(tokens, Math.floor(tokens.length / 2))

const cutToLength = (all: ReadonlyArray<Token>, length: number): Completion => {
  const tokens = all.slice(0, length)
  return { text: tokens.map(({ text }) => text).join(""), tokens, ended: { by: "length" } }
}

const firstStop = (text: string, stops: ReadonlyArray<string>) => {
  let first: { readonly at: number; readonly matched: string } | undefined
  for (const matched of stops) {
    const at = text.indexOf(matched)
    if (at >= 0 && (first === undefined || at < first.at)) first = { at, matched }
  }
  return first
}

/** Words with the space before them. The ids are a hash of the text and the log-probabilities follow from the ids. */
const tokenize = (text: string): ReadonlyArray<Token> =>
  (text.match(/\s*\S+|\s+$/g) ?? []).map((word) => {
    let id = 0
    for (let i = 0; i < word.length; i++) id = (id * 31 + word.charCodeAt(i)) % 50_000
    return { text: word, id, logProb: -(id % 100) / 100 }
  })
