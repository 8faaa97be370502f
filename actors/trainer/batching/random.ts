/**
 * A new order of the values (Fisher and Yates), drawn with the given seeds: equal seeds give equal orders, and no order depends
 * on what was drawn before.
 */
export const shuffled = <A>(values: ReadonlyArray<A>, ...seeds: ReadonlyArray<number>): ReadonlyArray<A> => {
  const random = randomOf(seeds)
  const order = [...values]
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const moved = order[other] as A
    order[other] = order[last] as A
    order[last] = moved
  }
  return order
}

/** Numbers from 0 up to, not including, 1 (mulberry32), from a state into which every seed is mixed in turn. */
const randomOf = (seeds: ReadonlyArray<number>): (() => number) => {
  let state = seeds.reduce((mixed, seed) => mix(mixed ^ (seed >>> 0)), 0x9e3779b9)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    return mix(state) / 2 ** 32
  }
}

/** Spreads every bit of a number over all 32 of them. */
const mix = (state: number): number => {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}
