import { titleOf } from "../../../actors/retrieval/documentIdentity.ts"
import { resultSpans, tags, transcriptQueries } from "../../../method/protocol.ts"
import { holdsKey, keyOf, sentencesOf } from "./text.ts"

/** A document the agent has read. */
export interface Page {
  readonly title: string
  /** Key of the whole title, and of the title without a final "(…)". */
  readonly key: string
  readonly subject: string
  readonly text: string
  readonly sentences: ReadonlyArray<string>
  /** The round that brought it first, counted from 1. */
  readonly round: number
}

/** Everything the assistant turn so far tells: what was asked, and what was found. Each document counts once. */
export interface Reading {
  readonly queries: ReadonlyArray<string>
  readonly pages: ReadonlyArray<Page>
}

export const readTranscript = (transcript: string): Reading => {
  const pages = new Map<string, Page>()
  resultSpans(transcript).forEach(({ start, end }, round) => {
    for (const contents of documentsOf(transcript.slice(start, end))) {
      if (!pages.has(contents)) pages.set(contents, pageOf(contents, round + 1))
    }
  })
  return { queries: transcriptQueries(transcript).map(({ query }) => query), pages: [...pages.values()] }
}

const documentsOf = (result: string): ReadonlyArray<string> =>
  result
    .replace(tags.result.open, "")
    .replace(tags.result.close, "")
    .replace(/^\s*result:\s*/, "")
    .split(/\n\n(?=")/)
    .map((contents) => contents.trim())
    .filter((contents) => contents !== "")

const pageOf = (contents: string, round: number): Page => {
  const title = titleOf(contents)
  const text = contents.slice(contents.indexOf("\n") + 1)
  const subject = keyOf(title.replace(/\s*\([^)]*\)$/, ""))
  return { title, key: keyOf(title), subject, text, sentences: sentencesOf(text), round }
}

/**
 * The page about a name: one of exactly this title, else one whose title differs only by a final "(…)", else one whose title
 * holds the whole name or the other way round ("Timothy James McVeigh").
 */
export const pageAbout = (reading: Reading, name: string): Page | undefined => {
  const key = keyOf(name)
  const subject = keyOf(name.replace(/\s*\([^)]*\)$/, ""))
  const { pages } = reading
  return (
    pages.find((page) => page.key === key) ??
    pages.find((page) => page.subject === subject) ??
    pages.find((page) => isLonger(page.subject, subject) || isLonger(subject, page.subject))
  )
}

/** Whether one name is another one with words added: "Timothy James McVeigh" for "Timothy McVeigh". */
const isLonger = (longer: string, shorter: string): boolean => {
  const words = shorter.split(" ")
  if (words.length < 2) return false
  if (holdsKey(longer, shorter)) return true
  const all = longer.split(" ")
  return all[0] === words[0] && all.at(-1) === words.at(-1) && words.every((word) => all.includes(word))
}

/** Whether a query for exactly this name was already sent. */
export const wasAsked = (reading: Reading, query: string): boolean =>
  reading.queries.some((asked) => keyOf(asked) === keyOf(query))
