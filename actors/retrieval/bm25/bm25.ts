import { hash } from "node:crypto"
import type { Corpus, CorpusDocument } from "../corpus.ts"
import { buildIndex, type Index } from "./invertedIndex.ts"
import { englishStopWords, termsOf } from "./terms.ts"
import { topRanked } from "./topRanked.ts"

/** A document with its score; higher is better, scores of two queries do not compare. */
export interface RetrievedDocument extends CorpusDocument {
  readonly score: number
}

/** Finds documents in memory, without waiting for anything. */
export interface Bm25Retriever {
  readonly name: string
  /** Changes with the corpus and with every option that changes a ranking. */
  readonly fingerprint: string
  /** At most `topK` documents, best first; none when no document holds a word of the query. */
  readonly search: (query: string, topK: number) => ReadonlyArray<RetrievedDocument>
}

export interface Bm25Options {
  /** How slowly repeated occurrences of a term in a document lose weight, ≥ 0. */
  readonly k1: number
  /** How much long documents are held back, 0 (not at all) to 1. */
  readonly b: number
  /** Terms that are neither indexed nor searched for. */
  readonly stopWords: ReadonlyArray<string>
}

/** k1 and b as Anserini and Pyserini set them for passages. */
export const defaultBm25Options: Bm25Options = { k1: 0.9, b: 0.4, stopWords: englishStopWords }

/**
 * Builds a BM25 retriever with Lucene's formula:
 *
 * ```text
 * score(q, d) = Σ idf(t) · f(t, d) / (f(t, d) + k1 · (1 − b + b · |d| / avg|d|))   over the terms t of q
 * idf(t)      = ln(1 + (N − n(t) + 0.5) / (n(t) + 0.5))
 * ```
 *
 * A term that stands twice in the query counts twice. Documents of equal score keep the corpus's order, so a ranking
 * depends on nothing but corpus, options and query.
 */
export const buildBm25 = (corpus: Corpus, options: Partial<Bm25Options> = {}): Bm25Retriever => {
  const { k1, b, stopWords } = { ...defaultBm25Options, ...options }
  const stopped = new Set(stopWords)
  const searchable = (text: string) => termsOf(text).filter((term) => !stopped.has(term))
  const index = buildIndex(corpus.documents, ({ contents }) => searchable(contents))
  const dampings = index.lengths.map((length) => k1 * (1 - b + (b * length) / index.averageLength))
  /** Kept between searches; all zero whenever no search is running. */
  const scores = new Float64Array(corpus.documents.length)

  const search = (query: string, topK: number): ReadonlyArray<RetrievedDocument> => {
    const scored = accumulate(index, dampings, searchable(query), scores)
    const best = topRanked(scored, scores, topK)
    const found = best.flatMap((position) => {
      const document = corpus.documents[position]
      return document === undefined ? [] : [{ ...document, score: scores[position] ?? 0 }]
    })
    for (const position of scored) scores[position] = 0
    return found
  }

  const settings = JSON.stringify(["bm25", 1, corpus.fingerprint, k1, b, stopWords])
  return { name: "bm25", fingerprint: hash("sha256", settings, "hex"), search }
}

/** Adds every term's weight to `scores` and returns the positions of the documents that got any. */
const accumulate = (
  index: Index,
  dampings: Float64Array,
  terms: ReadonlyArray<string>,
  scores: Float64Array
): ReadonlyArray<number> => {
  const scored: Array<number> = []
  for (const term of terms) {
    const postings = index.postings.get(term)
    if (postings === undefined) continue
    const idf = inverseDocumentFrequency(dampings.length, postings.length / 2)
    for (let at = 0; at < postings.length; at += 2) {
      const position = postings[at] ?? 0
      const frequency = postings[at + 1] ?? 0
      const before = scores[position] ?? 0
      if (before === 0) scored.push(position)
      scores[position] = before + (idf * frequency) / (frequency + (dampings[position] ?? 0))
    }
  }
  return scored
}

const inverseDocumentFrequency = (documents: number, holding: number): number =>
  Math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
