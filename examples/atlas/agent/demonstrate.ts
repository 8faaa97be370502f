import { tags } from "../../../method/protocol.ts"
import { renderResults } from "../../../method/protocol.ts"
import type { Span } from "../../../method/protocol.ts"
import { seededRandom } from "../../../runtime/models/random.ts"
import { contentsOf, type Passage } from "../world/passages.ts"
import type { AtlasQuestion, Hop } from "../world/questions.ts"
import { queryOf } from "../world/relations.ts"
import { type Clumsiness, mannerOf, vagueQuery } from "./habits.ts"

/** Where the agent searches. */
export interface Library {
  readonly search: (query: string) => ReadonlyArray<Passage>
  /** Last words that several names end in: Guinea, Congo, Islands. */
  readonly sharedWords: ReadonlySet<string>
}

/** A trajectory: the assistant turn, the stretches of it that the agent wrote, and what became of it. */
export interface Demonstration {
  readonly text: string
  readonly written: ReadonlyArray<Span>
  readonly answer: string
  readonly queries: number
}

const mostSearches = 4

/**
 * Plays the agent on a question: it plans, searches, quotes what it reads, and answers. It reads well; whether it also
 * asks well is a matter of its habits. The same question and seed give the same trajectory.
 */
export const demonstrate = (
  question: AtlasQuestion,
  library: Library,
  seed: number,
  clumsiness: Clumsiness
): Demonstration => {
  const random = seededRandom(seed, question.id)
  const written: Array<Span> = []
  let text: string = tags.think.open
  let queries = 0
  let results: ReadonlyArray<Passage> = []
  let last = ""
  const write = (words: string) => {
    written.push({ start: text.length, end: text.length + words.length })
    text += words
  }
  const search = (thought: string, query: string) => {
    const opening = text === tags.think.open ? "" : tags.think.open
    write(`${opening} ${thought} ${tags.think.close}\n${tags.search.open} ${query} ${tags.search.close}`)
    results = library.search(query)
    text += renderResults(results.map(contentsOf))
    last = query
    queries++
  }

  let known = question.entity
  let quoted = ""
  for (const [index, step] of question.hops.entries()) {
    if (queries >= mostSearches) break
    const hop: Hop = { ...step, known, query: queryOf(step, known) }
    const thought = `${quoted}${index === 0 ? "First I" : "Now I"} need the ${nounOf(hop)}.`
    const manner = mannerOf(question.type, index, random, clumsiness)
    if (manner === "redundant" && queries < mostSearches - 1) {
      search(thought, last)
      search(`I need the ${nounOf(hop)}.`, hop.query)
    } else if (manner === "vague") {
      search(thought, vagueQuery(hop, library.sharedWords))
      if (queries < mostSearches && random.uniform() < 0.3) search(`I need the ${nounOf(hop)}.`, hop.query)
    } else if (manner === "wrong") {
      search(thought, queryOf(step, otherThan(known, results, random.below(4)) ?? known))
    } else search(thought, hop.query)
    const read = readFor(hop, results)
    if (read?.fact === undefined) {
      quoted = "Nothing helps. "
      continue
    }
    quoted = `${read.text} `
    known = read.fact.value
  }
  const opening = text === tags.think.open ? "" : tags.think.open
  write(`${opening} ${quoted}That is the answer. ${tags.think.close}\n${answerText(known)}`)
  return { text, written, answer: known, queries }
}

const answerText = (answer: string): string =>
  `${tags.answer.open} The final answer is \\[ \\boxed{ ${answer} } \\] ${tags.answer.close}`

/** What the agent takes out of the results: what it looked for, or else the first passage that tells the like of another thing. */
const readFor = ({ direction, known, relation }: Hop, results: ReadonlyArray<Passage>): Passage | undefined => {
  const alike = results.filter(({ fact }) => fact?.relation === relation && fact.direction === direction)
  return alike.find(({ fact }) => fact?.known === known) ?? alike[0] ?? results.find(({ fact }) => fact !== undefined)
}

/** Another country that the results mention. */
const otherThan = (known: string, results: ReadonlyArray<Passage>, lot: number): string | undefined => {
  const others = results.flatMap(({ fact }) => {
    if (fact === undefined) return []
    const name = fact.direction === "backward" ? fact.value : fact.known
    return name === known ? [] : [name]
  })
  return others[lot % Math.max(1, others.length)]
}

const nouns = {
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
} as const

const nounOf = ({ direction, relation }: Hop): string => (direction === "backward" ? "country" : nouns[relation])
