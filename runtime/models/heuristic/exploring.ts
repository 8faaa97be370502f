import { type Candidate, candidates, type Evidence, supportOf, weigh } from "./evidence.ts"
import { factOf } from "./facts.ts"
import { namesIn } from "./names.ts"
import { namesPage, type Question } from "./question.ts"
import { pagesAbout, type Reading } from "./reading.ts"
import { type Choose, chooseBest, type Situation, type Step } from "./situation.ts"
import { excerpt, holdsKey, isMeaningful, keyOf, stemsOf } from "./text.ts"

/** Searches at most for a question of no known form. */
const maxRounds = 3

/** A candidate of this score is taken for the answer without reading on. */
const enough = 0.5

/** The next step by lexical evidence alone: ask the question itself, then for names that stand close to its words. */
export const explore = ({ choose, maySearch, question, reading }: Situation): Step => {
  if (reading.queries.length === 0 && maySearch && question.key !== "") return begin(question, choose)
  const evidence = weigh(question, reading.pages)
  const found = byFact(question, evidence) ?? chooseBest(choose, candidates(question, evidence, question.wanted))
  if (maySearch && reading.queries.length < maxRounds && (found?.score ?? 0) < enough) {
    const lead = chooseBest(choose, leads(question, reading, evidence))
    if (lead !== undefined) return readAbout(question, lead)
  }
  if (found === undefined) return { kind: "answer", thought: "Nothing I read looks like an answer.", answer: "unknown" }
  const where = `The closest match to the question is in "${found.page.title}": "${excerpt(found.sentence)}"`
  return { kind: "answer", thought: `${where} So I answer ${found.text}.`, answer: found.text }
}

const begin = ({ text }: Question, choose: Choose): Step => {
  const names = namesIn(text).map((name) => name.text)
  const about = names.length === 0 ? "The question names nobody" : `The question is about ${names.join(", ")}`
  const keywords = text.split(" ").filter((word) => isMeaningful(keyOf(word)))
  const queries = keywords.length === 0 ? ([text] as const) : ([text, keywords.join(" ")] as const)
  return { kind: "search", thought: `${about}. I begin with its own words.`, query: choose(queries) }
}

/** The fact asked for, off the page that holds most of the question without being named by it. */
const byFact = (question: Question, evidence: Evidence): Candidate | undefined => {
  const { fact } = question
  if (fact === undefined) return undefined
  const found = evidence.pages.flatMap((about): ReadonlyArray<Candidate> => {
    const { page } = about
    const text = namesPage(question, page) ? undefined : factOf([page], fact)?.text
    if (text === undefined) return []
    return [{ text, key: keyOf(text), page, sentence: page.sentences[0] ?? "", score: supportOf(evidence, about) }]
  })
  return found.sort((left, right) => right.score - left.score)[0]
}

/** Names close to the question's words that no page was read about and no query asked for. */
const leads = (question: Question, reading: Reading, evidence: Evidence): ReadonlyArray<Candidate> => {
  const asked = reading.queries.slice(1).map(keyOf)
  return candidates(question, evidence, "name").filter(
    ({ key, text }) => pagesAbout(reading, text).length === 0 && !asked.some((query) => holdsKey(query, key))
  )
}

const readAbout = ({ text }: Question, lead: Candidate): Step => {
  const explained = new Set(stemsOf(`${lead.page.title} ${lead.sentence}`))
  const open =
    text.match(/[\p{L}\p{N}'’-]+/gu)?.filter((word) => stemsOf(word).some((stem) => !explained.has(stem))) ?? []
  const where = `"${lead.page.title}" mentions ${lead.text}: "${excerpt(lead.sentence)}"`
  const aim = open.length === 0 ? "" : ` together with what is still open: ${open.join(", ")}`
  return { kind: "search", thought: `${where} I look for ${lead.text}${aim}.`, query: [lead.text, ...open].join(" ") }
}
