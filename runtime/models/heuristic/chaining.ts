import { factOf } from "./facts.ts"
import { namesIn } from "./names.ts"
import type { Question } from "./question.ts"
import { type Page, type Reading, wasAsked } from "./reading.ts"
import { answer, type Step, search } from "./step.ts"
import { holdsKey } from "./text.ts"
import { follow } from "./trail.ts"

/**
 * The next step for a question that leads from a named thing over known relations to a fact: "Where was the director of film
 * X born?". Nothing when the question is of another kind, or the pages do not word it in a known way.
 */
export const chain = (question: Question, reading: Reading): Step | undefined => {
  const { fact, relations } = question
  const subject = subjectOf(question, reading)
  if (subject === undefined || (relations.length === 0 && !asksSubject(question))) return undefined
  const trail = follow(reading, subject.title, relations)
  if (trail.kind === "unread") {
    if (trail.last && asksWho(question)) return answer(`${trail.told} That is who the question asks for.`, trail.name)
    if (wasAsked(reading, trail.name)) return undefined
    return search(`${trail.told} I have to read about ${trail.name} next.`, trail.name)
  }
  if (trail.kind === "lost") return undefined
  if (fact === undefined) {
    return asksWho(question) ? answer(`${trail.told} That is who the question asks for.`, trail.page.title) : undefined
  }
  const found = factOf(trail.page, fact)
  return found === undefined
    ? undefined
    : answer(`${trail.told} "${trail.page.title}" gives the ${fact}: ${found.text}.`.trim(), found.text)
}

/** The page whose title the question names; the longest title wins. */
export const subjectOf = (question: Question, reading: Reading): Page | undefined =>
  reading.pages
    .filter(({ key, subject }) => holdsKey(question.key, key) || holdsKey(question.key, subject))
    .sort((left, right) => rank(question, right) - rank(question, left))[0]

const rank = (question: Question, { key, subject }: Page): number =>
  holdsKey(question.key, key) ? key.length : subject.length - 0.5

/** Whether the fact is asked of the named thing itself. */
const asksSubject = (question: Question): boolean => question.fact !== undefined && namesIn(question.text).length === 1

/** "Who is the mother of the director of …" asks for the last one on the way. */
const asksWho = ({ fact, text }: Question): boolean => fact === undefined && /^who(?:'s| is| was)\b/i.test(text)
