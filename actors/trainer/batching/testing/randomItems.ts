import { Schema } from "effect"
import { shuffled } from "../random.ts"
import type { Item, Sequence } from "../sequence.ts"

/** For property tests: a seed stands for random data. */
export const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))

/** A number from `low` up to, not including, `high`. */
const between = (low: number, high: number, ...seeds: ReadonlyArray<number>): number =>
  shuffled(
    Array.from({ length: high - low }, (_, index) => low + index),
    ...seeds
  )[0] ?? low

/** Mostly short sequences and some long ones; their ids tell them apart from each other, and about half of the tokens count. */
const randomSequence = (name: number, seed: number): Sequence => {
  const length = between(2, between(3, 120, seed, name, 0), seed, name, 1)
  const prompt = between(0, length, seed, name, 2)
  return {
    ids: Array.from({ length }, (_, index) => name * 1000 + index),
    mask: Array.from({ length }, (_, index) => (index > prompt && between(0, 4, seed, name, index + 3) > 0 ? 1 : 0))
  }
}

/** Items of `members` sequences each. */
export const randomItems = (count: number, members: number, seed: number): ReadonlyArray<Item> =>
  Array.from({ length: count }, (_, item) =>
    Array.from({ length: members }, (_, member) => randomSequence(item * members + member + 1, seed))
  )
