import { assert, describe, it } from "@effect/vitest"
import { shuffled } from "../../../actors/trainer/batching/random.ts"
import { checkFormat, predictedAnswer } from "../../../method/answer.ts"
import { resultSpans, transcriptQueries } from "../../../method/protocol.ts"
import { type AtlasQuestion, questionsOf, questionTypes } from "../world/questions.ts"
import { shuffledWorld, trueWorld, type World } from "../world/world.ts"
import { type Demonstration, demonstrate } from "./demonstrate.ts"
import { type Clumsiness, carefulAgent, clumsyAgent } from "./habits.ts"
import { libraryOf } from "./library.ts"

const truth = trueWorld()
const other = shuffledWorld(truth, 11)

/** Some questions of every kind, of which each step can be looked up. */
const sampleOf = (world: World, each: number) => {
  const library = libraryOf(world, 3)
  const isFound = ({ hops }: AtlasQuestion) =>
    hops.every(({ passage, query }) => library.search(query).some(({ id }) => id === passage))
  const questions = questionTypes.flatMap((type, place) =>
    shuffled(questionsOf(world, type).slice(0, 200), 3, place).slice(0, each).filter(isFound)
  )
  return { library, questions }
}

const worlds = [sampleOf(truth, 2), sampleOf(other, 2)]
const playedBy = (agent: Clumsiness, seed = 1) =>
  worlds.flatMap(({ library, questions }) =>
    questions.map((question) => ({ question, library, played: demonstrate(question, library, seed, agent) }))
  )

const queriesOf = ({ text }: Demonstration) => transcriptQueries(text).map(({ query }) => query)
const wanted = ({ hops }: AtlasQuestion) => hops.map(({ query }) => query)

/** What the environment wrote: all that the agent did not. */
const unwritten = ({ text, written }: Demonstration): ReadonlyArray<string> => {
  const ends = [0, ...written.map(({ end }) => end)]
  const starts = [...written.map(({ start }) => start), text.length]
  return ends.map((end, place) => text.slice(end, starts[place])).filter((piece) => piece !== "")
}

/** An agent that is always clumsy in one manner at the first step, and careful elsewhere; or the other way round. */
const always = (part: Partial<Clumsiness>): Clumsiness => ({ ...carefulAgent, recovery: 0, ...part })

const isInOrder = (some: ReadonlyArray<string>, among: ReadonlyArray<string>): boolean =>
  among.reduce((place, query) => (query === some[place] ? place + 1 : place), 0) === some.length

describe("a careful agent", () => {
  it("answers every question rightly, with the query of each step and no other", () => {
    const all = playedBy(carefulAgent)
    assert.isAbove(all.length, 350)
    for (const { played, question } of all) {
      assert.strictEqual(played.answer, question.answer, question.id)
      assert.strictEqual(predictedAnswer(played.text), question.answer)
      assert.deepStrictEqual(queriesOf(played), wanted(question))
      assert.strictEqual(played.searches, question.hops.length)
    }
  })
})

describe.each([
  ["careful", carefulAgent],
  ["clumsy", clumsyAgent]
])("what a %s agent plays", (_, agent) => {
  const all = playedBy(agent)

  it("is a whole trajectory, of four searches at most", () => {
    for (const { played, question } of all) {
      assert.deepStrictEqual(checkFormat(played.text), { ok: true }, question.id)
      assert.strictEqual(predictedAnswer(played.text), played.answer)
      assert.strictEqual(queriesOf(played).length, played.searches)
      assert.isTrue(played.searches >= 1 && played.searches <= 4)
    }
  })

  it("is learnt from but for what it begins with and what was found", () => {
    for (const { played } of all) {
      const results = resultSpans(played.text).map(({ end, start }) => `${played.text.slice(start, end)}\n`)
      assert.deepStrictEqual(unwritten(played), ["<think>", ...results])
      assert.strictEqual(results.length, played.searches)
    }
  })

  it("is the same for the same question and seed", () => {
    assert.deepStrictEqual(
      playedBy(agent).map(({ played }) => played),
      all.map(({ played }) => played)
    )
  })
})

describe("a clumsy agent", () => {
  it("plays otherwise with another seed, and is still right now and then", () => {
    const [one, two] = [playedBy(clumsyAgent, 1), playedBy(clumsyAgent, 2)]
    const changed = one.filter(({ played }, place) => played.text !== two[place]?.played.text).length
    const right = one.filter(({ played, question }) => played.answer === question.answer).length
    assert.isAbove(changed, one.length / 10)
    assert.isTrue(right > one.length / 5 && right < (one.length * 9) / 10, `${right} of ${one.length}`)
  })

  it("that is vague leaves out of what it wants to know", () => {
    for (const { played, question } of playedBy(always({ first: { vague: 1 } }))) {
      const [query = ""] = queriesOf(played)
      const [{ known = "", query: clean = "" } = {}] = question.hops
      assert.notStrictEqual(query, clean)
      assert.notInclude(query, known)
      assert.isBelow(query.length, clean.length)
    }
  })

  it("that recovers asks again as it should, as often as four searches allow", () => {
    for (const { played, question } of playedBy(always({ first: { vague: 1 }, recovery: 1 }))) {
      const [vague, ...others] = queriesOf(played)
      assert.notInclude(wanted(question), vague)
      assert.deepStrictEqual(others, wanted(question))
      assert.strictEqual(played.answer, question.answer)
    }
  })

  it("that is redundant asks the last query again before it goes on", () => {
    for (const { played, question } of playedBy(always({ later: { redundant: 1 } }))) {
      const queries = queriesOf(played)
      const [first = "", ...others] = wanted(question)
      assert.strictEqual(played.answer, question.answer)
      assert.isTrue(isInOrder([first, ...others], queries))
      assert.deepStrictEqual(queries.slice(0, 3), others.length === 0 ? [first] : [first, first, others[0]])
    }
  })

  it("that is wrong asks about another country that it has just read of, if there is one", () => {
    let misled = 0
    for (const { library, played, question } of playedBy(always({ later: { wrong: 1 } }))) {
      const [first = "", second] = queriesOf(played)
      const [, step] = question.hops
      if (step === undefined || second === undefined || second === step.query) continue
      misled++
      const read = library.search(first).map(({ text }) => text)
      const about = second.replace(/^.* of (the )?/, "").replace(/ (currency|language)$/, "")
      assert.isTrue(
        read.some((text) => text.includes(about)),
        `${second}: ${read.join(" | ")}`
      )
    }
    assert.isAbove(misled, 100)
  })
})
