import type { Question, Round } from "../../events/shapes.ts"
import { keyWords, names } from "./keyWords.ts"
import { isSameQuery, type Proposal } from "./proposal.ts"

interface Candidate {
  readonly query: string
  readonly explanation: string
}

/**
 * A better query without a model. Where the question has gold evidence, it asks for the first gold passage that the rounds
 * before this one lack; otherwise, or when that is the query already, it says the query differently: with the question's names
 * added, as the full question, or as key words.
 *
 * The results of the round being replaced are not looked at, and no earlier query is repeated.
 */
export const refineByRule = (question: Question, earlier: ReadonlyArray<Round>, original: string): Proposal => {
  const candidates = [...fromEvidence(question, earlier), ...rephrased(question.question, original)]
  const used = [original, ...earlier.map(({ query }) => query)]
  const better = candidates.find(({ query }) => query !== "" && !used.some((other) => isSameQuery(other, query)))
  return better === undefined ? { kind: "failed", reason: "unchanged" } : { kind: "refined", ...better }
}

const fromEvidence = ({ evidence }: Question, earlier: ReadonlyArray<Round>): ReadonlyArray<Candidate> => {
  if (evidence === undefined) return []
  const retrieved = new Set(earlier.flatMap(({ documentIds }) => documentIds))
  const missing = evidence.passageIds.findIndex((id) => !retrieved.has(id))
  if (missing < 0) return []
  const title = evidence.titles[missing]
  const selfContained = evidence.subQuestions.filter((sub) => isSelfContained(sub.question))
  const ofPassage = selfContained.find(({ passageId }) => passageId === evidence.passageIds[missing])
  const ofTitle = title === undefined ? undefined : selfContained.find((sub) => namesTitle(sub.question, title))
  const explanation = "Asks for a passage that the question needs and that no earlier round had found."
  return [ofTitle?.question, title, ofPassage?.question].flatMap((query) =>
    query === undefined ? [] : [{ query, explanation }]
  )
}

/** Whether a sub-question can be asked as it is: it refers to no other one (`#1`) and is no bare relation (`X >> author`). */
const isSelfContained = (subQuestion: string): boolean => !/#\d|>>/.test(subQuestion)

/** Whether a text names what a title names, the title's bracketed addition aside. */
const namesTitle = (text: string, title: string): boolean =>
  text.toLowerCase().includes(title.replace(/\s*\([^)]*\)$/, "").toLowerCase())

const rephrased = (question: string, original: string): ReadonlyArray<Candidate> => {
  const said = new Set(keyWords(original).map((word) => word.toLowerCase()))
  const unsaid = names(question).filter((name) => !said.has(name.toLowerCase()))
  const withNames = [original.trim(), ...unsaid].join(" ").trim()
  return [
    { query: withNames, explanation: "Adds the names of the question that the query left out." },
    { query: question, explanation: "Asks the full question." },
    { query: keyWords(original).join(" "), explanation: "Reduces the query to its key words." },
    { query: keyWords(question).join(" "), explanation: "Reduces the question to its key words." }
  ]
}
