import { renderResults, type Span, tags } from "../../../method/protocol.ts"
import { type Random, seededRandom } from "../../../runtime/models/random.ts"
import { contentsOf, type Passage } from "../world/passages.ts"
import type { AtlasQuestion, Hop } from "../world/questions.ts"
import { queryOf, type Relation } from "../world/relations.ts"
import { type Clumsiness, mannerOf } from "./habits.ts"
import { type Library, lastWord } from "./library.ts"

/** A trajectory: the assistant turn, the stretches of it that the agent wrote, and what became of it. */
export interface Demonstration {
  readonly text: string
  /** In UTF-16 code units; the priming and the results are none of its own. */
  readonly written: ReadonlyArray<Span>
  readonly answer: string
  readonly searches: number
}

/** Searches of a trajectory at most. */
const mostSearches = 4

/** What the agent knows while it works. */
interface Work {
  text: string
  readonly written: Array<Span>
  /** Of the last search. */
  results: ReadonlyArray<Passage>
  lastQuery: string
  searches: number
}

/**
 * Plays an agent on a question: it says what it needs, searches, quotes what it reads, and answers. It reads well; whether it
 * also asks well is a matter of its habits. The same question, seed and agent give the same trajectory.
 */
export const demonstrate = (
  question: AtlasQuestion,
  library: Library,
  seed: number,
  agent: Clumsiness
): Demonstration => {
  const random = seededRandom(seed, question.id)
  const work: Work = { text: tags.think.open, written: [], results: [], lastQuery: "", searches: 0 }
  let known = question.entity
  let quoted = ""
  for (const [place, hop] of question.hops.entries()) {
    if (work.searches >= mostSearches) break
    const step = { ...hop, known, query: queryOf(hop, known) }
    const thought = `${quoted}${place === 0 ? "First I" : "Now I"} need the ${nounOf(step)}.`
    const manner = mannerOf(question.type, place, random, agent)
    takeStep(work, library, { step, thought, manner, random, recovery: agent.recovery })
    const read = readFor(step, work.results)
    quoted = read === undefined ? "Nothing helps. " : `${read.text} `
    known = read?.fact?.value ?? known
  }
  think(
    work,
    `${quoted}That is the answer.`,
    `${tags.answer.open} The final answer is \\[ \\boxed{ ${known} } \\] ${tags.answer.close}`
  )
  const { searches, text, written } = work
  return { text, written, answer: known, searches }
}

interface Taking {
  readonly step: Hop
  readonly thought: string
  readonly manner: ReturnType<typeof mannerOf>
  readonly random: Random
  readonly recovery: number
}

/** Searches for what a step asks for, in one manner or another. */
const takeStep = (work: Work, library: Library, { step, thought, manner, random, recovery }: Taking): void => {
  const again = `I need the ${nounOf(step)}.`
  switch (manner) {
    case "clean":
      search(work, library, thought, step.query)
      break
    case "vague":
      search(work, library, thought, vagueQuery(step, library))
      if (work.searches < mostSearches && random.uniform() < recovery) search(work, library, again, step.query)
      break
    case "redundant": {
      const isRoom = work.searches < mostSearches - 1
      if (isRoom) search(work, library, thought, work.lastQuery)
      search(work, library, isRoom ? again : thought, step.query)
      break
    }
    case "wrong":
      search(work, library, thought, queryOf(step, otherThan(step.known, work.results, random) ?? step.known))
      break
  }
}

const write = (work: Work, words: string): void => {
  work.written.push({ start: work.text.length, end: work.text.length + words.length })
  work.text += words
}

const think = (work: Work, thought: string, act: string): void => {
  const opening = work.text === tags.think.open ? "" : tags.think.open
  write(work, `${opening} ${thought} ${tags.think.close}\n${act}`)
}

const search = (work: Work, library: Library, thought: string, query: string): void => {
  think(work, thought, `${tags.search.open} ${query} ${tags.search.close}`)
  work.results = library.search(query)
  work.text += renderResults(work.results.map(contentsOf))
  work.lastQuery = query
  work.searches++
}

/** What the agent takes out of the results: what it looked for, or else the first passage that tells the like of another thing. */
const readFor = ({ direction, known, relation }: Hop, results: ReadonlyArray<Passage>): Passage | undefined => {
  const alike = results.filter(({ fact }) => fact?.relation === relation && fact.direction === direction)
  return alike.find(({ fact }) => fact?.known === known) ?? alike[0] ?? results.find(({ fact }) => fact !== undefined)
}

/** Another country that the results mention. */
const otherThan = (known: string, results: ReadonlyArray<Passage>, random: Random): string | undefined => {
  const others = results.flatMap(({ fact }) => {
    if (fact === undefined) return []
    const name = fact.direction === "backward" ? fact.value : fact.known
    return name === known ? [] : [name]
  })
  return others[random.below(Math.max(1, others.length))]
}

/** A query that says what is looked for and leaves out of what; of a name that ends like others, the ending stays. */
const vagueQuery = ({ known, query }: Hop, { sharedWords }: Library): string => {
  const last = lastWord(known)
  return query
    .replace(known, last !== known && sharedWords.has(last) ? last : "")
    .replace(/ (of|with|the)? *$/, "")
    .replace(/\s+/g, " ")
    .trim()
}

const nouns: Readonly<Record<Relation, string>> = {
  capital: "capital",
  currency: "currency",
  language: "language",
  region: "region",
  people: "people",
  domain: "domain",
  callingCode: "calling code",
  neighbour: "neighbour",
  currencyCode: "code",
  languageCode: "code"
}

const nounOf = ({ direction, relation }: Hop): string => (direction === "backward" ? "country" : nouns[relation])
