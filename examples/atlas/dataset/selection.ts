import { shuffled } from "../../../actors/trainer/batching/random.ts"
import { type AtlasQuestion, unseenTypes } from "../world/questions.ts"
import { type Split, splitOf } from "./splits.ts"

/** So many questions of so many steps, of kinds that are trained on or that are not. */
export interface Portion {
  readonly hops: number
  readonly unseen: boolean
  readonly count: number
}

/** What a split is made of: a fifth of one step, half of two, the rest of three. */
export const portions: Readonly<Record<Split, ReadonlyArray<Portion>>> = {
  train: [
    { hops: 1, unseen: false, count: 320 },
    { hops: 2, unseen: false, count: 800 },
    { hops: 3, unseen: false, count: 480 }
  ],
  dev: [
    { hops: 1, unseen: false, count: 40 },
    { hops: 2, unseen: false, count: 100 },
    { hops: 3, unseen: false, count: 60 }
  ],
  test: [
    { hops: 1, unseen: false, count: 48 },
    { hops: 2, unseen: false, count: 100 },
    { hops: 2, unseen: true, count: 20 },
    { hops: 3, unseen: false, count: 52 },
    { hops: 3, unseen: true, count: 20 }
  ]
}

/** Questions of each kind. */
export type Pools = ReadonlyArray<ReadonlyArray<AtlasQuestion>>

/** The questions of a split, drawn with the seed; any beginning of them is a mixture of all kinds. */
export const selectionOf = (pools: Pools, split: Split, seed: number): ReadonlyArray<AtlasQuestion> => {
  const drawn = drawnPools(pools, split, seed)
  return shuffled(
    portions[split].flatMap((portion) => inRotation(poolsOf(drawn, portion)).slice(0, portion.count)),
    seed,
    orderLabel
  )
}

/**
 * The same questions in another world, one for one: where a question does not exist there, the next of its kind in the split
 * takes its place, or, when there is none, of a kind with as many steps.
 */
export const counterpartsOf = (
  questions: ReadonlyArray<AtlasQuestion>,
  pools: Pools,
  split: Split,
  seed: number
): ReadonlyArray<AtlasQuestion> => {
  const drawn = drawnPools(pools, split, seed)
  const byId = new Map(drawn.flat().map((question) => [question.id, question]))
  const taken = new Set(questions.map(({ id }) => id))
  const standIn = ({ hops, type }: AtlasQuestion): ReadonlyArray<AtlasQuestion> => {
    const alike = inRotation(poolsOf(drawn, { hops: hops.length, unseen: unseenTypes.has(type) }))
    const free = alike.filter(({ id }) => !taken.has(id))
    const next = free.find((question) => question.type === type) ?? free[0]
    if (next === undefined) return []
    taken.add(next.id)
    return [next]
  }
  return questions.flatMap((question) => byId.get(question.id) ?? standIn(question))
}

/** Labels that keep apart what is drawn with one seed; each kind has the number of its place. */
const orderLabel = 1000
const kindsLabel = 1001

/** What of each kind belongs to a split, and the kinds themselves, in an order that the seed draws. */
const drawnPools = (pools: Pools, split: Split, seed: number): Pools =>
  shuffled(
    pools.map((pool, kind) => shuffled(pool, seed, kind).filter(({ entity, type }) => splitOf(type, entity) === split)),
    seed,
    kindsLabel
  )

const poolsOf = (pools: Pools, { hops, unseen }: Pick<Portion, "hops" | "unseen">): Pools =>
  pools.filter(([first]) => first?.hops.length === hops && unseenTypes.has(first.type) === unseen)

/** One question of each kind, then a second one of each, and so on: a rare kind is there with all it has. */
export const inRotation = <A>(pools: ReadonlyArray<ReadonlyArray<A>>): ReadonlyArray<A> => {
  const rounds = Math.max(0, ...pools.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) => pools.flatMap((pool) => pool.slice(round, round + 1))).flat()
}
