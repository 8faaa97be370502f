import { datesIn } from "./dates.ts"
import { namesIn } from "./names.ts"
import { isNation } from "./nations.ts"
import type { Question, Wanted } from "./question.ts"
import type { Page, Reading } from "./reading.ts"
import { holdsKey, keyOf, stemsOf } from "./text.ts"

/** A stretch of text that might answer the question or lead on, with the words of the question around it. */
export interface Candidate {
  readonly text: string
  readonly key: string
  readonly page: Page
  readonly sentence: string
  /** Share of the question's weight that stands close by, about 0 to 1 before bonuses. */
  readonly score: number
}

/** Weighs each stem of the question by how few of the sentences read hold it. */
const weightsOf = (question: Question, reading: Reading): ReadonlyMap<string, number> => {
  const sentences = reading.pages.flatMap((page) => page.sentences.map((sentence) => new Set(stemsOf(sentence))))
  return new Map(
    [...question.stems].map((stem) => {
      const holding = sentences.filter((stems) => stems.has(stem)).length
      return [stem, Math.log(1 + sentences.length / (1 + holding))]
    })
  )
}

interface Place {
  readonly stem: string
  readonly at: number
}

const placesOf = (question: Question, sentence: string): ReadonlyArray<Place> =>
  Array.from(sentence.matchAll(/[\p{L}\p{N}]+/gu)).flatMap(({ 0: word, index }) =>
    stemsOf(word)
      .filter((stem) => question.stems.has(stem))
      .map((stem) => ({ stem, at: index }))
  )

/** Characters after which a word of the question counts half. */
const halfDistance = 60

/**
 * All stretches of the wanted kind, best first: near many rare words of the question, on a page the question or a query
 * named. What the question says itself is no candidate.
 */
export const candidates = (question: Question, reading: Reading, wanted: Wanted): ReadonlyArray<Candidate> => {
  const weights = weightsOf(question, reading)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const best = new Map<string, Candidate>()
  for (const page of reading.pages) {
    const titleStems = stemsOf(page.title).filter((stem) => question.stems.has(stem))
    const trust = trustIn(question, reading, page)
    for (const sentence of page.sentences) {
      const places = placesOf(question, sentence)
      for (const { text, start } of stretches(sentence, wanted)) {
        const key = keyOf(text)
        if (key === "" || holdsKey(question.key, key)) continue
        const near = new Map<string, number>(titleStems.map((stem) => [stem, 0.5]))
        for (const { stem, at } of places) {
          const closeness = halfDistance / (halfDistance + Math.abs(at - start))
          near.set(stem, Math.max(closeness, near.get(stem) ?? 0))
        }
        let support = 0
        for (const [stem, closeness] of near) support += closeness * (weights.get(stem) ?? 0)
        const score = (support / Math.max(total, 1)) * trust * fitness(question, wanted, text)
        if (score > (best.get(key)?.score ?? 0)) best.set(key, { text, key, page, sentence, score })
      }
    }
  }
  return [...best.values()].sort((left, right) => right.score - left.score)
}

/** Pages that the question names, or that a query for a name found, are believed more. */
const trustIn = (question: Question, reading: Reading, page: Page): number => {
  const named = holdsKey(question.key, page.subject) ? 0.3 : 0
  const soughtAfter = reading.queries.slice(1).some((query) => holdsKey(keyOf(query), page.subject)) ? 0.5 : 0
  return 1 + named + soughtAfter
}

const fitness = (question: Question, wanted: Wanted, text: string): number => {
  const heads = question.head !== undefined && stemsOf(text).includes(question.head) ? 1.5 : 1
  if (wanted === "person") return heads * (/^\p{Lu}[\p{L}.'’-]+(?: \p{L}[\p{L}.'’-]*){1,3}$/u.test(text) ? 1.2 : 0.7)
  return heads * (wanted !== "place" && isNation(text) ? 0.6 : 1)
}

interface Stretch {
  readonly text: string
  readonly start: number
}

const number =
  /\b(?:\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: (?:million|billion|thousand|percent)\b|%)?/g

const stretches = (sentence: string, wanted: Wanted): ReadonlyArray<Stretch> => {
  if (wanted === "date") return datesIn(sentence)
  if (wanted === "number")
    return Array.from(sentence.matchAll(number), ({ 0: text, index }) => ({ text, start: index }))
  return namesIn(sentence)
}
