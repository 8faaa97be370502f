import { datesIn } from "./dates.ts"
import { namesIn } from "./names.ts"
import { isNation } from "./nations.ts"
import type { Question, Wanted } from "./question.ts"
import { type Page, plainTitle } from "./reading.ts"
import { holdsKey, keyOf, stemsOf } from "./text.ts"

/** All that was read, weighed by the words it shares with the question. */
export interface Evidence {
  /** How much a stem of the question tells: the fewer sentences hold it, the more. They sum up to 1. */
  readonly weights: ReadonlyMap<string, number>
  readonly pages: ReadonlyArray<PageEvidence>
}

interface PageEvidence {
  readonly page: Page
  readonly titleStems: ReadonlyArray<string>
  readonly sentences: ReadonlyArray<{ readonly text: string; readonly places: ReadonlyArray<Place> }>
}

/** A word of the question where a sentence has it. */
interface Place {
  readonly stem: string
  readonly at: number
}

/** A stretch of text that might answer the question or lead on. */
export interface Candidate {
  readonly text: string
  readonly key: string
  readonly page: Page
  /** The sentence it was found in; the first one of its page for a title or a fact. */
  readonly sentence: string
  /** The share of the question's weight that stands close by. */
  readonly score: number
}

export const weigh = (question: Question, read: ReadonlyArray<Page>): Evidence => {
  const pages = read.map((page) => ({
    page,
    titleStems: stemsOf(page.title).filter((stem) => question.stems.has(stem)),
    sentences: page.sentences.map((text) => ({ text, places: placesIn(question, text) }))
  }))
  const sentences = pages.flatMap((page) => page.sentences.map(({ places }) => new Set(places.map(({ stem }) => stem))))
  const rarities = Array.from(question.stems, (stem) => {
    const holding = sentences.filter((stems) => stems.has(stem)).length
    return [stem, (stem === question.head ? 2 : 1) * Math.log(1 + sentences.length / (1 + holding))] as const
  })
  const total = rarities.reduce((sum, [, rarity]) => sum + rarity, 0)
  return { weights: new Map(rarities.map(([stem, rarity]) => [stem, rarity / Math.max(total, 1e-9)])), pages }
}

const placesIn = (question: Question, sentence: string): ReadonlyArray<Place> =>
  Array.from(sentence.matchAll(/[\p{L}\p{N}]+/gu)).flatMap(({ 0: word, index }) => {
    const [stem] = stemsOf(word)
    return stem !== undefined && question.stems.has(stem) ? [{ stem, at: index }] : []
  })

/** The share of the question's weight that a page holds anywhere, 0 to 1. */
export const supportOf = ({ weights }: Evidence, { sentences, titleStems }: PageEvidence): number => {
  const stems = new Set([...titleStems, ...sentences.flatMap(({ places }) => places.map(({ stem }) => stem))])
  return [...stems].reduce((sum, stem) => sum + (weights.get(stem) ?? 0), 0)
}

/** Characters after which a word of the question counts half. */
const halfDistance = 60

/** The share of the question's weight around a place in a sentence. Words of the page's title are never far. */
const supportAt = (
  { weights }: Evidence,
  titleStems: ReadonlyArray<string>,
  places: ReadonlyArray<Place>,
  at: number
) => {
  const closeness = new Map<string, number>(titleStems.map((stem) => [stem, 0.5]))
  for (const place of places) {
    const near = halfDistance / (halfDistance + Math.abs(place.at - at))
    closeness.set(place.stem, Math.max(near, closeness.get(place.stem) ?? 0))
  }
  return Array.from(closeness).reduce((sum, [stem, near]) => sum + near * (weights.get(stem) ?? 0), 0)
}

/** Words anywhere on a page say less about its title than words close to a stretch say about that. */
const titleTrust = 0.85

/**
 * Everything of the wanted kind, best first: stretches near many telling words of the question, and the titles of pages that
 * hold them. What the question says itself is no candidate.
 */
export const candidates = (question: Question, evidence: Evidence, wanted: Wanted): ReadonlyArray<Candidate> => {
  const best = new Map<string, Candidate>()
  const offer = (text: string, support: number, page: Page, sentence = page.sentences[0] ?? "") => {
    const key = keyOf(text)
    if (key.length < 2 || holdsKey(question.key, key)) return
    const score = support * fitness(question, wanted, text)
    if (score > (best.get(key)?.score ?? 0)) best.set(key, { text, key, page, sentence, score })
  }
  for (const found of evidence.pages) {
    for (const { places, text: sentence } of found.sentences) {
      for (const { start, text } of stretches(sentence, wanted)) {
        offer(text, supportAt(evidence, found.titleStems, places, start), found.page, sentence)
      }
    }
    const isNameable = wanted === "name" || wanted === "place"
    if (isNameable) offer(plainTitle(found.page.title), titleTrust * supportOf(evidence, found), found.page)
  }
  return [...best.values()].sort((left, right) => right.score - left.score)
}

const number =
  /\b(?:\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: (?:million|billion|thousand|percent)\b|%)?/g

const stretches = (
  sentence: string,
  wanted: Wanted
): ReadonlyArray<{ readonly text: string; readonly start: number }> => {
  if (wanted === "date") return datesIn(sentence)
  if (wanted !== "number") return namesIn(sentence)
  return Array.from(sentence.matchAll(number), ({ 0: text, index }) => ({ text, start: index }))
}

/** What contains the noun asked for fits best; a nation fits when a place is wanted. */
const fitness = ({ head }: Question, wanted: Wanted, text: string): number =>
  (head !== undefined && stemsOf(text).includes(head) ? 1.5 : 1) * (wanted !== "place" && isNation(text) ? 0.6 : 1)
