/**
 * The tag protocol of one assistant turn (SmartSearch, arXiv 2601.04888, section on the search agent):
 *
 * ```text
 * <think> reasoning </think>
 * <search> query </search><result>result:
 * documents, a blank line between two
 * </result>
 * <think> reasoning </think>
 * <answer> … \boxed{exact answer} … </answer>
 * ```
 *
 * A transcript is the text of that turn, beginning with {@link priming}. Offsets count UTF-16 code units of a string.
 */

export const tags = {
  think: { open: "<think>", close: "</think>" },
  search: { open: "<search>", close: "</search>" },
  result: { open: "<result>", close: "</result>" },
  answer: { open: "<answer>", close: "</answer>" }
} as const

/** What every assistant turn is begun with, before the policy writes its first token. */
export const priming = tags.think.open

/** Generation stops here; the stop string stays in the text. */
export const stopAfterSearch = tags.search.close

/** A stretch of text: `end` is the offset after its last character. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A query the policy wrote. `start` and `end` enclose it with its tags: `end` is the offset right after `</search>`. */
export interface IssuedQuery extends Span {
  /** Trimmed; possibly empty. */
  readonly query: string
}

/**
 * The queries of one generated output, in the order in which they are to be executed; offsets count within the output.
 *
 * None when the tags do not pair up: as many openings as closings, the n-th opening before the n-th closing. An output
 * without queries ends its trajectory.
 */
export const issuedQueries = (output: string): ReadonlyArray<IssuedQuery> => {
  const opens = offsets(output, tags.search.open)
  const closes = offsets(output, tags.search.close)
  const pairsUp = opens.length === closes.length && opens.every((open, i) => open < (closes[i] ?? -1))
  return pairsUp ? scanQueries(output, 0, output.length) : []
}

/** The words of {@link issuedQueries} only. */
export const extractQueries = (output: string): ReadonlyArray<string> => issuedQueries(output).map(({ query }) => query)

/**
 * All queries of a whole transcript, the documents' own text left aside: the n-th one belongs to round n, and a branch is
 * cut at its `end`. For transcripts that come without a record of their rounds.
 */
export const transcriptQueries = (transcript: string): ReadonlyArray<IssuedQuery> => {
  const results = resultSpans(transcript)
  const starts = [0, ...results.map(({ end }) => end)]
  return starts.flatMap((start, i) => scanQueries(transcript, start, results[i]?.start ?? transcript.length))
}

/** Where a document quotes a tag by which a transcript is read, or the broken one that costs all reward. */
const quotedTag = /<(?=\/?(?:think|search|result|answer)>|\/search<)/g

/**
 * What the environment appends to the transcript for one executed query: the documents' contents, best first.
 *
 * A query that found nothing leaves an empty result. Where a document quotes the protocol's tags, a
 * blank is put after their `<`; every other text stays as it is. So no document can end the result, search, answer, or bring
 * text of the environment into the loss; the `DocumentsRetrieved` event keeps the documents unchanged.
 */
export const renderResults = (contents: ReadonlyArray<string>): string => {
  const documents = contents.join("\n\n").trim().replace(quotedTag, "< ")
  const text = documents === "" ? "" : `result: \n${documents}`
  return `${tags.result.open}${text}\n${tags.result.close}\n`
}

/**
 * The queries a prefix leaves unanswered: those of its last output, when the prefix is cut right after a `</search>`
 * (white space may follow). They are executed before generation goes on. Offsets count within the prefix.
 */
export const pendingQueries = (prefix: string): ReadonlyArray<IssuedQuery> => {
  if (!prefix.trimEnd().endsWith(tags.search.close)) return []
  const lastResult = prefix.lastIndexOf(tags.result.close)
  const start = lastResult < 0 ? 0 : lastResult + tags.result.close.length
  return issuedQueries(prefix.slice(start)).map((found) => ({
    ...found,
    start: found.start + start,
    end: found.end + start
  }))
}

/** The query at the end of a prefix cut right after a `</search>`; `undefined` when the prefix does not end so. */
export const prefixQuery = (prefix: string): string | undefined => pendingQueries(prefix).at(-1)?.query

/**
 * The prefix with the words of the query at its end replaced; the white space around them stays as the policy wrote it.
 * A prefix that does not end with a query is returned unchanged.
 */
export const replaceLastQuery = (prefix: string, query: string): string => {
  const last = pendingQueries(prefix).at(-1)
  if (last === undefined) return prefix
  const start = last.start + tags.search.open.length
  const old = prefix.slice(start, last.end - tags.search.close.length)
  const lead = last.query === "" ? 0 : old.indexOf(last.query)
  return prefix.slice(0, start + lead) + query + prefix.slice(start + lead + last.query.length)
}

/** The prefix that ends with the query whose `</search>` ends at `queryEnd`. */
export const cutAtQuery = (transcript: string, queryEnd: number): string => transcript.slice(0, queryEnd)

/** What there was when the policy began to write the query whose `</search>` ends at `queryEnd`. */
export const cutBeforeQuery = (transcript: string, queryEnd: number): string => {
  const prefix = cutAtQuery(transcript, queryEnd)
  return prefix.slice(0, Math.max(0, prefix.lastIndexOf(tags.search.open)))
}

/**
 * The `<result>…</result>` stretches of a transcript, tags included: text the policy did not write, masked out of every
 * loss. A token that touches a span counts as inside. A result cut off by a length limit reaches to the end of the text.
 */
export const resultSpans = (transcript: string): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  let start = transcript.indexOf(tags.result.open)
  while (start >= 0) {
    const close = transcript.indexOf(tags.result.close, start)
    const end = close < 0 ? transcript.length : close + tags.result.close.length
    spans.push({ start, end })
    start = transcript.indexOf(tags.result.open, end)
  }
  return spans
}

/** Whether the policy broke a closing tag (`</search<`): such a trajectory earns no reward at all. */
export const hasBrokenTag = (transcript: string): boolean => transcript.includes("</search<")

const scanQueries = (text: string, from: number, to: number): ReadonlyArray<IssuedQuery> => {
  const found: Array<IssuedQuery> = []
  let start = text.indexOf(tags.search.open, from)
  while (start >= 0 && start < to) {
    const words = start + tags.search.open.length
    const close = text.indexOf(tags.search.close, words)
    if (close < 0 || close >= to) return found
    const end = close + tags.search.close.length
    found.push({ query: text.slice(words, close).trim(), start, end })
    start = text.indexOf(tags.search.open, end)
  }
  return found
}

const offsets = (text: string, part: string): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found.push(at)
  return found
}
