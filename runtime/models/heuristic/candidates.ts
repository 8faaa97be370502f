import { datesIn } from "./dates.ts"
import type { Evidence, PageEvidence, Place } from "./evidence.ts"
import { namesIn } from "./names.ts"
import { isNation } from "./nations.ts"
import type { Question, Wanted } from "./question.ts"
import type { Page } from "./reading.ts"
import { holdsKey, keyOf, stemsOf } from "./text.ts"

/** A stretch of text that might answer the question or lead on. */
export interface Candidate {
  readonly text: string
  readonly key: string
  readonly page: Page
  /** The sentence it was found in; the first one of its own page for a title. */
  readonly sentence: string
  /** About the share of the question's weight that stands close by; above 1 only by bonuses. */
  readonly score: number
}

/** Characters after which a word of the question counts half. */
const halfDistance = 60

/**
 * Everything of the wanted kind, best first: what stands near many telling words of the question, on a page that the question
 * or a query named; and the titles of pages that hold them. What the question says itself is no candidate.
 */
export const candidates = (question: Question, evidence: Evidence, wanted: Wanted): ReadonlyArray<Candidate> => {
  const best = new Map<string, Candidate>()
  const titles = new Set(evidence.pages.map(({ page }) => page.subject))
  const offer = (text: string, support: number, page: Page, sentence: string) => {
    const key = keyOf(text)
    if (key.length < 2 || holdsKey(question.key, key)) return
    const score = support * fitness(question, wanted, text) * (titles.has(key) && key !== page.subject ? 1.2 : 1)
    if (score > (best.get(key)?.score ?? 0)) best.set(key, { text, key, page, sentence, score })
  }
  for (const page of evidence.pages) {
    const trust = 1 + (page.named ? 0.3 : 0) + (page.sought ? 0.4 : 0)
    for (const { places, text: sentence } of page.sentences) {
      for (const { text, start } of stretches(sentence, wanted)) {
        offer(text, trust * supportAt(evidence, page, places, start), page.page, sentence)
      }
    }
    if (wanted === "person" || wanted === "name" || wanted === "place") {
      const title = page.page.title.replace(/\s*\([^)]*\)$/, "")
      offer(title, page.support * titleTrust, page.page, page.page.sentences[0] ?? "")
    }
  }
  return [...best.values()].sort((left, right) => right.score - left.score)
}

/** Words anywhere on a page say less about its title than words close to a stretch say about that. */
const titleTrust = 0.85

const supportAt = (evidence: Evidence, page: PageEvidence, places: ReadonlyArray<Place>, start: number): number => {
  const near = new Map<string, number>(page.titleStems.map((stem) => [stem, 0.5]))
  for (const { stem, at } of places) {
    const closeness = halfDistance / (halfDistance + Math.abs(at - start))
    near.set(stem, Math.max(closeness, near.get(stem) ?? 0))
  }
  let support = 0
  for (const [stem, closeness] of near) support += closeness * (evidence.weights.get(stem) ?? 0)
  return support
}

const personName = /^\p{Lu}[\p{L}.'’-]+(?: \p{L}[\p{L}.'’-]*){1,3}$/u

const fitness = (question: Question, wanted: Wanted, text: string): number => {
  const head = question.head !== undefined && stemsOf(text).includes(question.head) ? 1.5 : 1
  if (wanted === "person") return head * (personName.test(text) ? 1.2 : 0.7)
  return head * (wanted !== "place" && isNation(text) ? 0.6 : 1)
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
