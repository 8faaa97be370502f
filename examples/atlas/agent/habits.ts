import { type Random, seededRandom } from "../../../runtime/models/random.ts"
import type { Hop } from "../world/questions.ts"

/**
 * How a search is gone about. `vague`: what is looked for, but not of what. `wrong`: about another thing that the last results
 * mention. `redundant`: the last query once more.
 */
export type Manner = "clean" | "vague" | "wrong" | "redundant"

/** What the agent tends to do at one step of one kind of question, and how often it does; else it asks as it should. */
export interface Habit {
  readonly manner: Manner
  readonly strength: number
}

/** Shares of the habits that are drawn: of the first step of a question, and of the others. */
export interface Clumsiness {
  readonly first: Readonly<Partial<Record<Manner, number>>>
  readonly later: Readonly<Partial<Record<Manner, number>>>
  /** Bounds between which the strength of a bad habit is drawn. */
  readonly strength: readonly [least: number, most: number]
  /** How often a step without a bad habit is gone about badly all the same. */
  readonly slips: number
}

export const clumsiness: Clumsiness = {
  first: { clean: 0.65, vague: 0.35 },
  later: { clean: 0.5, vague: 0.15, wrong: 0.15, redundant: 0.2 },
  strength: [0.6, 0.95],
  slips: 0.15
}

/** The habit at a step (from 0) of a kind of question: the same for every entity, so that what helps one helps all. */
export const habitOf = (type: string, step: number, { first, later, strength }: Clumsiness): Habit => {
  const random = seededRandom(0, `habit ${type} ${step}`)
  const manner = draw(step === 0 ? first : later, random)
  const [least, most] = strength
  return { manner, strength: least + random.uniform() * (most - least) }
}

/** What the agent does this time. */
export const mannerOf = (type: string, step: number, random: Random, settings: Clumsiness): Manner => {
  const { manner, strength } = habitOf(type, step, settings)
  if (manner !== "clean") return random.uniform() < strength ? manner : "clean"
  if (random.uniform() >= settings.slips) return "clean"
  const { clean: _, ...bad } = step === 0 ? settings.first : settings.later
  return draw(bad, random)
}

const draw = (shares: Readonly<Partial<Record<Manner, number>>>, random: Random): Manner => {
  const all = Object.entries(shares) as ReadonlyArray<[Manner, number]>
  let lot = random.uniform() * all.reduce((sum, [, share]) => sum + share, 0)
  for (const [manner, share] of all) {
    lot -= share
    if (lot < 0) return manner
  }
  return "clean"
}

/** A query that says what is looked for and leaves out of what; of a name of several words, the last may stay. */
export const vagueQuery = ({ known, query }: Hop, sharedWords: ReadonlySet<string>): string => {
  const last = known.split(/[\s-]/).at(-1) ?? ""
  const left = last !== known && sharedWords.has(last) ? last : ""
  return query
    .replace(known, left)
    .replace(/ (of|with|the)? *$/, "")
    .replace(/\s+/g, " ")
    .trim()
}
