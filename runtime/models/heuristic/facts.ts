import { datesIn, type FoundDate } from "./dates.ts"
import { namesIn } from "./names.ts"
import { nationsIn } from "./nations.ts"
import type { Page } from "./reading.ts"

/** What the agent can read off a page about its subject. `value` orders two of them, `nations` tells whether they share one. */
export interface Fact {
  readonly text: string
  readonly value?: number
  readonly nations?: ReadonlyArray<string>
}

type Reader = (page: Page) => Fact | undefined

/** How far into a page the life dates in brackets may stand. */
const opening = 260

interface LifeEnd {
  readonly date: FoundDate
  /** What stands beside the date. */
  readonly around: string
}

/** The brackets behind a person's name, parted into birth and death: "(21 March 1925, London – 15 January 1996)". */
const lifeOf = ({ text }: Page): { readonly birth?: LifeEnd; readonly death?: LifeEnd } => {
  const brackets = text.slice(0, opening).match(/\([^()]*\d{4}[^()]*/)?.[0] ?? ""
  const [first, second] = datesIn(brackets)
  if (first === undefined) return {}
  if (second === undefined) {
    const only = { date: first, around: brackets.replace(first.text, "") }
    return /\b(?:died|d\.)/.test(brackets) ? { death: only } : { birth: only }
  }
  const [left = "", right = ""] = brackets.split(/\s*[–—]\s*|\s*- (?=\d|\p{Lu})/u)
  return {
    birth: { date: first, around: left.replace(first.text, "") },
    death: { date: second, around: right.replace(second.text, "") }
  }
}

const dateBehind = (text: string, cue: RegExp): FoundDate | undefined => {
  for (const match of text.matchAll(cue)) {
    const found = datesIn(text.slice(match.index, match.index + 120))[0]
    if (found !== undefined) return found
  }
  return undefined
}

const dateFact = (date: FoundDate | undefined): Fact | undefined => date && { text: date.text, value: date.value }

const birthDate: Reader = (page) => dateFact(lifeOf(page).birth?.date ?? dateBehind(page.text, /\b[Bb]orn\b/g))

const deathDate: Reader = (page) =>
  dateFact(lifeOf(page).death?.date ?? dateBehind(page.text, /\b(?:died|death|killed|executed)\b/g))

const age: Reader = (page) => {
  const birth = birthDate(page)?.value
  const death = deathDate(page)?.value
  if (birth === undefined || death === undefined) return undefined
  const years = Math.floor((death - birth) / 10_000)
  return { text: `${years} years`, value: years }
}

/** The first place that the clause behind a cue names after "in", "at", "near" or "from". */
const placeBehind = (text: string, cue: RegExp): Fact | undefined => {
  for (const match of text.matchAll(cue)) {
    const clause = text.slice(match.index, match.index + 160).split(/(?<=[\p{Ll}\d)])[.;] /u)[0] ?? ""
    for (const lead of clause.matchAll(/\b(?:in|at|near|from) (?:the )?(?=\p{Lu})/gu)) {
      const [place] = namesIn(clause.slice(lead.index + lead[0].length))
      if (place?.start === 0) return { text: place.text }
    }
  }
  return undefined
}

/** The place beside a life date, unless it is the name at birth: "born Bertha Williams, December 10, 1923". */
const placeBeside = (end: LifeEnd | undefined): Fact | undefined => {
  const place = /\b(?:born|née)\b/.test(end?.around ?? "") ? undefined : namesIn(end?.around ?? "")[0]
  return place && { text: place.text }
}

const birthPlace: Reader = (page) =>
  placeBehind(page.text, /\b(?:[Bb]orn|[Nn]ative of|birthplace)\b/g) ?? placeBeside(lifeOf(page).birth)

const deathPlace: Reader = (page) =>
  placeBehind(page.text, /\b(?:died|death|killed|drowned|executed)\b/g) ?? placeBeside(lifeOf(page).death)

/** Where a place lies is said last ("a village in Fars Province, Iran"), where anything else comes from is said first. */
const nationality: Reader = (page) => {
  const first = page.sentences.slice(0, 2).join(" ")
  const definition = /\b(?:is|was|are|were)\b.*/su.exec(first)?.[0] ?? first
  const defining = nationsIn(definition)
  const found = defining.length > 0 ? defining : nationsIn(page.text)
  const isPlace = /\b(?:village|town|city|municipality|river|located|county|district)\b/.test(definition)
  const named = isPlace ? found.at(-1) : found[0]
  return named && { text: named.text, nations: found.map(({ nation }) => nation) }
}

const year: Reader = (page) =>
  dateFact(
    datesIn(page.sentences[0] ?? "")[0] ??
      dateBehind(page.text, /\b(?:founded|established|formed|published|released|premiered|launched|opened)\b/g) ??
      datesIn(page.text)[0]
  )

const readers = {
  "date of birth": birthDate,
  "date of death": deathDate,
  "place of birth": birthPlace,
  "place of death": deathPlace,
  nationality,
  year,
  age
} as const satisfies Readonly<Record<string, Reader>>

export type FactName = keyof typeof readers

/** Reads a fact off the first of the pages that words it in a usual way. */
export const factOf = (pages: ReadonlyArray<Page>, name: FactName): Fact | undefined => {
  for (const page of pages) {
    const fact = readers[name](page)
    if (fact !== undefined) return fact
  }
  return undefined
}
