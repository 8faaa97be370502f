import { titleOf } from "../../../method/document.ts"
import { resultSpans, tags, transcriptQueries } from "../../../method/protocol.ts"
import { keyOf, sentencesOf } from "./text.ts"

/** A document the agent has read. */
export interface Page {
  readonly title: string
  /** The key of the title, and of the title without a final "(…)". */
  readonly key: string
  readonly subject: string
  /** The key of the title up to its first comma: "rockland" of "Rockland, Maine". */
  readonly head: string
  readonly text: string
  readonly sentences: ReadonlyArray<string>
}

/** Everything the assistant turn so far tells: what was asked, and what was found, each document once. */
export interface Reading {
  readonly queries: ReadonlyArray<string>
  readonly pages: ReadonlyArray<Page>
}

export const readTranscript = (transcript: string): Reading => {
  const documents = resultSpans(transcript).flatMap(({ start, end }) => documentsOf(transcript.slice(start, end)))
  return {
    queries: transcriptQueries(transcript).map(({ query }) => query),
    pages: [...new Set(documents)].map(pageOf)
  }
}

const documentsOf = (result: string): ReadonlyArray<string> =>
  result
    .replace(tags.result.open, "")
    .replace(tags.result.close, "")
    .replace(/^\s*result:\s*/, "")
    .split(/\n\n(?=")/)
    .map((contents) => contents.trim())
    .filter((contents) => contents !== "")

const pageOf = (contents: string): Page => {
  const title = titleOf(contents)
  const text = contents.slice(contents.indexOf("\n") + 1)
  return {
    title,
    key: keyOf(title),
    subject: keyOf(plainTitle(title)),
    head: keyOf(title.split(",")[0] ?? ""),
    text,
    sentences: sentencesOf(text)
  }
}

/** The title without a final "(…)", which only tells it from others of that name. */
export const plainTitle = (title: string): string => title.replace(/\s*\([^)]*\)$/, "")

/**
 * The pages about a name: those of exactly this title; else those whose title differs by a final "(…)"; else those whose title
 * only adds something behind a comma ("Rockland, Maine").
 */
export const pagesAbout = ({ pages }: Reading, name: string): ReadonlyArray<Page> => {
  const key = keyOf(name)
  const subject = keyOf(plainTitle(name))
  for (const isAbout of [
    (page: Page) => page.key === key,
    (page: Page) => page.subject === subject,
    (page: Page) => page.head === subject
  ]) {
    const found = pages.filter(isAbout)
    if (found.length > 0) return found
  }
  return []
}

/** Whether a query of just these words was already sent. */
export const wasAsked = ({ queries }: Reading, query: string): boolean =>
  queries.some((asked) => keyOf(asked) === keyOf(query))
