import { type Candidate, candidates } from "./evidence.ts"
import { namesIn } from "./names.ts"
import type { Question } from "./question.ts"
import { pageAbout, type Reading, wasAsked } from "./reading.ts"
import { answer, type Step, search } from "./step.ts"
import { stemsOf } from "./text.ts"

/** Searches at most, for a question of no known form. */
const maxRounds = 3

/** Share of the question's weight around a candidate that is taken for an answer without reading on. */
const enough = 0.6

export type Pick = <A extends { readonly score: number }>(ranked: ReadonlyArray<A>) => A | undefined

/** The next step by lexical evidence alone: ask the question itself, then for names that stand close to its words. */
export const explore = (question: Question, reading: Reading, pick: Pick): Step => {
  if (reading.queries.length === 0) return begin(question)
  const answers = candidates(question, reading, question.wanted)
  const found = pick(answers)
  const round = reading.queries.length
  if (round < maxRounds && (round === 1 || (found?.score ?? 0) < enough)) {
    const lead = pick(leads(question, reading))
    if (lead !== undefined) return readAbout(question, lead)
  }
  if (found === undefined) return answer("Nothing I read looks like an answer, so I have none to give.", "unknown")
  return answer(
    `The closest match to the question is in "${found.page.title}": "${excerpt(found.sentence)}" So I answer ${found.text}.`,
    found.text
  )
}

const begin = (question: Question): Step => {
  const names = namesIn(question.text).map(({ text }) => text)
  const about = names.length === 0 ? "The question names nobody" : `The question is about ${names.join(", ")}`
  return search(`${about}. I begin with its own words.`, question.text)
}

/** Names close to the question's words that no page was read about. */
const leads = (question: Question, reading: Reading): ReadonlyArray<Candidate> =>
  candidates(question, reading, "name").filter(
    ({ text }) => pageAbout(reading, text) === undefined && !wasAsked(reading, text)
  )

const readAbout = (question: Question, { page, sentence, text }: Candidate): Step => {
  const said = new Set(stemsOf(`${page.title} ${sentence}`))
  const open = question.text.split(/[^\p{L}\p{N}'’-]+/u).filter((word) => stemsOf(word).some((stem) => !said.has(stem)))
  return search(
    `"${page.title}" mentions ${text}: "${excerpt(sentence)}" I look for ${text} with the words not yet explained.`,
    [text, ...open].join(" ")
  )
}

const excerpt = (sentence: string): string =>
  sentence.length > 160 ? `${sentence.slice(0, 160).trimEnd()} …` : sentence
