import { type Random, seededRandom } from "../../../runtime/models/random.ts"

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

type Shares = Readonly<Partial<Record<Manner, number>>>

/** How clumsy an agent is. */
export interface Clumsiness {
  /** Shares of the habits that are drawn for the first step of each kind of question. */
  readonly first: Shares
  /** The same for all other steps. */
  readonly later: Shares
  /** Bounds between which the strength of a bad habit is drawn. */
  readonly strength: readonly [least: number, most: number]
  /** How often a step without a bad habit is gone about badly all the same. */
  readonly slips: number
  /** How often a vague query is made up for by a clean one. */
  readonly recovery: number
}

/** The agent whose play the base policy is trained on. */
export const clumsyAgent: Clumsiness = {
  first: { clean: 0.6, vague: 0.4 },
  later: { clean: 0.45, vague: 0.15, wrong: 0.2, redundant: 0.2 },
  strength: [0.6, 0.95],
  slips: 0.15,
  recovery: 0.3
}

/** One that always asks as it should. */
export const carefulAgent: Clumsiness = {
  first: { clean: 1 },
  later: { clean: 1 },
  strength: [1, 1],
  slips: 0,
  recovery: 1
}

/** The habit at a step (from 0) of a kind of question: the same for every entity, so that what helps one helps all. */
export const habitOf = (type: string, step: number, { first, later, strength }: Clumsiness): Habit => {
  const random = seededRandom(0, `habit ${type} ${step}`)
  const manner = drawn(step === 0 ? first : later, random)
  const [least, most] = strength
  return { manner, strength: least + random.uniform() * (most - least) }
}

/** What the agent does this time. */
export const mannerOf = (type: string, step: number, random: Random, agent: Clumsiness): Manner => {
  const { manner, strength } = habitOf(type, step, agent)
  if (manner !== "clean") return random.uniform() < strength ? manner : "clean"
  if (random.uniform() >= agent.slips) return "clean"
  const { clean: _, ...bad } = step === 0 ? agent.first : agent.later
  return drawn(bad, random)
}

const manners = ["clean", "vague", "wrong", "redundant"] as const satisfies ReadonlyArray<Manner>

const drawn = (shares: Shares, random: Random): Manner => {
  const total = manners.reduce((sum, manner) => sum + (shares[manner] ?? 0), 0)
  let lot = random.uniform() * total
  for (const manner of manners) {
    lot -= shares[manner] ?? 0
    if (lot < 0) return manner
  }
  return "clean"
}
