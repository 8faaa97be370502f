import { assert, describe, it } from "@effect/vitest"
import { seededRandom } from "../../../runtime/models/random.ts"
import { questionTypes } from "../world/questions.ts"
import { type Clumsiness, carefulAgent, clumsyAgent, habitOf, type Manner, mannerOf } from "./habits.ts"

/** Every step of every kind of question: its kind, and its place from 0. */
const steps = questionTypes.flatMap(({ name, steps }) => steps.map((_, place) => [name, place] as const))
const [first, later] = [steps.filter(([, place]) => place === 0), steps.filter(([, place]) => place > 0)]

const shareOf = (manners: ReadonlyArray<Manner>, manner: Manner): number =>
  manners.filter((one) => one === manner).length / manners.length

/** What an agent does at a step, many times. */
const playedAt = (type: string, place: number, agent: Clumsiness, times = 2000): ReadonlyArray<Manner> => {
  const random = seededRandom(1, `${type} ${place}`)
  return Array.from({ length: times }, () => mannerOf(type, place, random, agent))
}

/** The first step of any kind at which the clumsy agent has such a habit. */
const stepWith = (manner: Manner) => {
  const found = steps.find(([type, place]) => habitOf(type, place, clumsyAgent).manner === manner)
  if (found === undefined) throw new Error(`no step is gone about in the manner ${manner}`)
  return found
}

describe("the habits of the clumsy agent", () => {
  it.each([
    ["first", first, clumsyAgent.first],
    ["later", later, clumsyAgent.later]
  ] as const)("are shared out over the %s steps of all kinds roughly as declared", (_, some, shares) => {
    const habits = some.map(([type, place]) => habitOf(type, place, clumsyAgent).manner)
    for (const manner of ["clean", "vague", "wrong", "redundant"] as const) {
      assert.approximately(shareOf(habits, manner), shares[manner] ?? 0, 0.1, manner)
    }
  })

  it("belong to a step of a kind, and are as strong as declared", () => {
    const [least, most] = clumsyAgent.strength
    for (const [type, place] of steps) {
      const habit = habitOf(type, place, clumsyAgent)
      assert.deepStrictEqual(habitOf(type, place, clumsyAgent), habit)
      assert.isTrue(habit.strength >= least && habit.strength <= most)
    }
    const strengths = new Set(steps.map(([type, place]) => habitOf(type, place, clumsyAgent).strength))
    assert.strictEqual(strengths.size, steps.length)
  })

  it.each(["vague", "wrong", "redundant"] as const)(
    "make it %s as often as that habit is strong, else careful",
    (manner) => {
      const [type, place] = stepWith(manner)
      const played = playedAt(type, place, clumsyAgent)
      const { strength } = habitOf(type, place, clumsyAgent)
      assert.approximately(shareOf(played, manner), strength, 0.04)
      assert.approximately(shareOf(played, "clean"), 1 - strength, 0.04)
    }
  )

  it("leave room for slips where there is no bad one, in the manners that such a step knows", () => {
    for (const some of [first, later]) {
      const careful = some.filter(([type, place]) => habitOf(type, place, clumsyAgent).manner === "clean")
      const played = careful.flatMap(([type, place]) => playedAt(type, place, clumsyAgent, 200))
      assert.approximately(1 - shareOf(played, "clean"), clumsyAgent.slips, 0.02)
      if (some === first) assert.deepStrictEqual([...new Set(played)].toSorted(), ["clean", "vague"])
      else assert.strictEqual(new Set(played).size, 4)
    }
  })
})

it("the careful agent never does but as it should", () => {
  for (const [type, place] of steps) {
    assert.deepStrictEqual([...new Set(playedAt(type, place, carefulAgent, 20))], ["clean"])
  }
})
