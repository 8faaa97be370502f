import { candidates, weigh } from "./evidence.ts"
import { factOf } from "./facts.ts"
import { countryOf } from "./nations.ts"
import { namesPage, type Question } from "./question.ts"
import { type Page, type Reading, wasAsked } from "./reading.ts"
import type { Choose, Situation, Step } from "./situation.ts"
import { holdsKey } from "./text.ts"
import { follow, type Trail } from "./trail.ts"

/**
 * The next step for a question that leads from a named thing over known relations to a fact: "Where was the director of film
 * X born?". Nothing when the question is of another kind, or the pages do not tell the next name.
 */
export const chain = ({ choose, maySearch, question, reading }: Situation): Step | undefined => {
  const subject = subjectOf(question, reading)
  if (subject === undefined || (question.relations.length === 0 && !asksSubject(question))) return undefined
  const trail = follow(reading, subject.title, question.relations)
  switch (trail.kind) {
    case "lost":
      return undefined
    case "unread":
      if (trail.last && asksWho(question)) return thatIs(trail)
      return maySearch ? readAbout(question, reading, trail, choose) : undefined
    case "arrived":
      return asksWho(question) ? thatIs(trail) : readOff(question, trail)
  }
}

/** The page whose title the question names; the longest title wins. */
const subjectOf = (question: Question, reading: Reading): Page | undefined =>
  reading.pages
    .filter((page) => namesPage(question, page))
    .sort((left, right) => precision(question.key, right) - precision(question.key, left))[0]

/** A title that the question has in full, "(1952 film)" included, goes before one that it has without that. */
const precision = (question: string, { key, subject }: Page): number =>
  holdsKey(question, key) ? key.length : subject.length - 0.5

/** Whether the fact is asked of the named thing itself. */
const asksSubject = ({ fact, names }: Question): boolean => fact !== undefined && names.length === 1

/** "Who is the mother of the director of …" asks for the last one on the way. */
const asksWho = ({ fact, text }: Question): boolean => fact === undefined && /^who(?:'s| is| was)\b/i.test(text)

const thatIs = ({ name, told }: Trail & { readonly name: string }): Step => ({
  kind: "answer",
  thought: `${told} That is who the question asks for.`,
  answer: name
})

const readAbout = (
  { fact }: Question,
  reading: Reading,
  { name, told }: Trail & { readonly name: string },
  choose: Choose
): Step | undefined => {
  const wordings = [name, ...(fact === undefined ? [] : [`${name} ${fact}`])] as const
  if (wordings.some((wording) => wasAsked(reading, wording))) return undefined
  return { kind: "search", thought: `${told} I have to read about ${name} next.`.trim(), query: choose(wordings) }
}

/** The fact off the pages at the end, or what on them stands closest to the question's words. */
const readOff = (question: Question, trail: Trail & { readonly kind: "arrived" }): Step | undefined => {
  const { pages, told } = trail
  const fact = question.fact && factOf(pages, question.fact)
  if (fact === undefined) {
    const found = candidates(question, weigh(question, pages), question.wanted)
    const closest = found.find(({ key, page }) => key !== page.subject)
    if (closest === undefined) return undefined
    const thought = `${told} Of what "${closest.page.title}" tells, ${closest.text} is closest to the question.`
    return { kind: "answer", thought, answer: closest.text }
  }
  const thought = `${told} "${pages[0]?.title}" gives the ${question.fact}: ${fact.text}.`.trim()
  const [nation] = /\bcountry\b/i.test(question.text) ? (fact.nations ?? []) : []
  return { kind: "answer", thought, answer: nation === undefined ? fact.text : countryOf(nation) }
}
