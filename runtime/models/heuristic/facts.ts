import { datesIn, type FoundDate } from "./dates.ts"
import { namesIn } from "./names.ts"
import { type FoundNation, isNation, nationsIn } from "./nations.ts"
import type { Page } from "./reading.ts"
import { keyOf } from "./text.ts"

/** What the agent can read off a page about its subject. `value` orders two of them, `nations` says which nations it names. */
export interface Fact {
  readonly text: string
  readonly value?: number
  readonly nations?: ReadonlyArray<string>
}

export const factNames = [
  "date of birth",
  "date of death",
  "place of birth",
  "place of death",
  "nationality",
  "year",
  "age reached",
  "cause of death",
  "school",
  "award"
] as const
export type FactName = (typeof factNames)[number]

/** Reads a fact off a page; nothing when no usual wording of it is there. */
export const factOf = (page: Page, name: FactName): Fact | undefined => readers[name](page)

type Reader = (page: Page) => Fact | undefined

/** How far into a page the life dates in brackets may stand. */
const opening = 260

interface Life {
  readonly birth?: string
  readonly death?: string
}

/** The brackets behind the name, "(21 March 1925, London – 15 January 1996)", parted at the dash. */
const lifeOf = ({ text }: Page): Life => {
  const brackets = Array.from(
    text.slice(0, opening).matchAll(/\(([^()]*\b\d{3,4}\b[^()]*)\)?/g),
    ([, inner]) => inner ?? ""
  )
  const inner = brackets.find((part) => /\d{4}/.test(part)) ?? ""
  const [birth, death] = inner.split(/\s*[–—]\s*|\s+-\s+|; died/)
  if (birth === undefined || birth === "") return {}
  if (death !== undefined) return { birth, death }
  return /\b(?:died|d\.)/.test(birth) ? { death: birth } : { birth }
}

const dateAfter = (text: string, cue: RegExp): FoundDate | undefined => {
  for (const match of text.matchAll(cue)) {
    const found = datesIn(text.slice(match.index, match.index + 120))[0]
    if (found !== undefined) return found
  }
  return undefined
}

const asFact = (date: FoundDate | undefined): Fact | undefined =>
  date === undefined ? undefined : { text: date.text, value: date.value }

const birthDate: Reader = (page) => asFact(datesIn(lifeOf(page).birth ?? "")[0] ?? dateAfter(page.text, /\b[Bb]orn\b/g))

const deathDate: Reader = (page) =>
  asFact(datesIn(lifeOf(page).death ?? "")[0] ?? dateAfter(page.text, /\b(?:died|death|killed|executed)\b/g))

/** The first place named after the cue and "in", "at" or "near". */
const placeAfter = (text: string, cue: RegExp): Fact | undefined => {
  for (const match of text.matchAll(cue)) {
    const clause = text.slice(match.index, match.index + 160).split(/(?<=[\p{Ll}\d)])[.;] /u)[0] ?? ""
    for (const lead of clause.matchAll(/\b(?:in|at|near|from) (?:the )?(?=\p{Lu})/gu)) {
      const after = clause.slice(lead.index + lead[0].length)
      const place = namesIn(after)[0]
      if (place !== undefined && place.start === 0) return { text: place.text }
    }
  }
  return undefined
}

/** A place that stands beside a life date in brackets: "March 11, 1878, Rockland, Maine". */
const placeBeside = (part: string | undefined): Fact | undefined => {
  const place = namesIn((part ?? "").replace(/^.*\d{4}/, "").replace(/^[^\p{L}]*(?:in )?/u, ""))[0]
  return place === undefined || place.start > 0 ? undefined : { text: place.text }
}

const birthPlace: Reader = (page) =>
  placeAfter(page.text, /\b(?:[Bb]orn|[Nn]ative of|birthplace)\b/g) ?? placeBeside(lifeOf(page).birth)

const deathPlace: Reader = (page) =>
  placeAfter(page.text, /\b(?:died|death|killed|drowned|executed|assassinated)\b/g) ?? placeBeside(lifeOf(page).death)

/** What comes after "is a" or "was an" says what the subject is; before it stand names in other languages. */
const definitionOf = (page: Page): string => {
  const first = page.sentences.slice(0, 2).join(" ")
  return /\b(?:is|was|are|were)\b.*/su.exec(first)?.[0] ?? first
}

/** Where a place lies is said last ("a village in Fars Province, Iran"), where anything else comes from is said first. */
const nationality: Reader = (page) => {
  const definition = definitionOf(page)
  const found = nationsIn(definition).length > 0 ? nationsIn(definition) : nationsIn(page.text)
  const named: FoundNation | undefined = /\b(?:village|town|city|municipality|river|located|county|district)\b/.test(
    definition
  )
    ? found.at(-1)
    : found[0]
  return named === undefined
    ? undefined
    : { text: named.text, nations: [...new Set(found.map(({ nation }) => nation))] }
}

const year: Reader = (page) =>
  asFact(
    dateAfter(
      page.text,
      /\b(?:founded|established|formed|published|released|premiered|launched|introduced|opened)\b/g
    ) ?? datesIn(page.text)[0]
  )

const firstYear: Reader = (page) => asFact(datesIn(page.sentences[0] ?? "")[0]) ?? year(page)

const ageReached: Reader = (page) => {
  const birth = birthDate(page)?.value
  const death = deathDate(page)?.value
  if (birth === undefined || death === undefined) return undefined
  const age = Math.floor((death - birth) / 10_000)
  return { text: `${age} years`, value: age }
}

const causeOfDeath: Reader = (page) => {
  const cause =
    /\b(?:died (?:\w+ ){0,4}?(?:of|from)|death from|cause of death was|due to) (?:an? |complications (?:of|from) )?([a-z][a-z -]+)/.exec(
      page.text
    )?.[1]
  return cause === undefined ? undefined : { text: cause.replace(/ (?:in|at|on|while|during)\b.*/, "").trim() }
}

const institution = /\b(?:University|College|School|Institute|Academy|Conservatory)\b/

const school: Reader = (page) => {
  const found = namesIn(page.text).find(({ text }) => institution.test(text))
  return found === undefined ? undefined : { text: found.text }
}

const award: Reader = (page) => {
  const found = namesIn(page.text).find(
    ({ text }) => /\b(?:Award|Prize|Medal|Order|Oscar)\b/.test(text) && !isNation(text)
  )
  return found === undefined || keyOf(found.text) === page.subject ? undefined : { text: found.text }
}

const readers: Readonly<Record<FactName, Reader>> = {
  "date of birth": birthDate,
  "date of death": deathDate,
  "place of birth": birthPlace,
  "place of death": deathPlace,
  nationality,
  year: firstYear,
  "age reached": ageReached,
  "cause of death": causeOfDeath,
  school,
  award
}
