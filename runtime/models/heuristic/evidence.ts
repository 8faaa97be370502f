import { namesIn } from "./names.ts"
import type { Question } from "./question.ts"
import type { Page, Reading } from "./reading.ts"
import { holdsKey, keyOf, stemsOf } from "./text.ts"

/** A word of the question where a sentence has it. */
export interface Place {
  readonly stem: string
  readonly at: number
}

export interface SentenceEvidence {
  readonly text: string
  readonly places: ReadonlyArray<Place>
}

/** What a page has to do with the question. */
export interface PageEvidence {
  readonly page: Page
  readonly sentences: ReadonlyArray<SentenceEvidence>
  readonly titleStems: ReadonlyArray<string>
  /** Share of the question's weight that the page holds, 0 to 1. */
  readonly support: number
  /** Whether the question names the page. */
  readonly named: boolean
  /** Whether a query after the first one asked for the page by its title. */
  readonly sought: boolean
}

/** All that was read, weighed by the words it shares with the question. */
export interface Evidence {
  /** How much a stem of the question tells: the fewer sentences hold it, the more. They sum up to 1. */
  readonly weights: ReadonlyMap<string, number>
  readonly pages: ReadonlyArray<PageEvidence>
}

export const weigh = (question: Question, reading: Reading): Evidence => {
  const pages = reading.pages.map((page) => ({
    page,
    titleStems: stemsOf(page.title).filter((stem) => question.stems.has(stem)),
    sentences: page.sentences.map((text) => ({ text, places: placesIn(question, text) }))
  }))
  const weights = weightsOf(
    question,
    pages.flatMap(({ sentences }) => sentences)
  )
  const names = namesIn(question.text).map(({ text }) => keyOf(text))
  const sought = reading.queries.slice(1).map(keyOf)
  return {
    weights,
    pages: pages.map((page) => {
      const stems = new Set([
        ...page.titleStems,
        ...page.sentences.flatMap(({ places }) => places.map(({ stem }) => stem))
      ])
      const { subject } = page.page
      return {
        ...page,
        support: [...stems].reduce((sum, stem) => sum + (weights.get(stem) ?? 0), 0),
        named:
          holdsKey(question.key, subject) && names.some((name) => holdsKey(name, subject) || holdsKey(subject, name)),
        sought: sought.some((query) => holdsKey(query, subject))
      }
    })
  }
}

const placesIn = (question: Question, sentence: string): ReadonlyArray<Place> =>
  Array.from(sentence.matchAll(/[\p{L}\p{N}]+/gu)).flatMap(({ 0: word, index }) => {
    const [stem] = stemsOf(word)
    return stem !== undefined && question.stems.has(stem) ? [{ stem, at: index }] : []
  })

const weightsOf = (question: Question, sentences: ReadonlyArray<SentenceEvidence>): ReadonlyMap<string, number> => {
  const holding = new Map<string, number>()
  for (const { places } of sentences) {
    for (const stem of new Set(places.map((place) => place.stem))) holding.set(stem, (holding.get(stem) ?? 0) + 1)
  }
  const raw = Array.from(question.stems, (stem) => {
    const rarity = Math.log(1 + sentences.length / (1 + (holding.get(stem) ?? 0)))
    return [stem, stem === question.head ? 2 * rarity : rarity] as const
  })
  const total = raw.reduce((sum, [, weight]) => sum + weight, 0)
  return new Map(raw.map(([stem, weight]) => [stem, weight / Math.max(total, 1e-9)]))
}
