import { assert, describe, it } from "@effect/vitest"
import { passagesOf } from "./passages.ts"
import { type AtlasQuestion, questionsOf, questionTypes, unseenTypes } from "./questions.ts"
import type { Step } from "./relations.ts"
import { shuffledWorld, trueWorld, type World } from "./world.ts"

const truth = trueWorld()
const other = shuffledWorld(truth, 5)

const allOf = (world: World): ReadonlyArray<AtlasQuestion> => questionTypes.flatMap((type) => questionsOf(world, type))
const nameOf = ({ direction, relation }: Step) => `${direction} ${relation}`

describe("questionsOf", () => {
  it("goes from the entity to the answer, each step from where the last one led", () => {
    const question = allOf(truth).find(({ id }) => id === "capital<>neighbour>currency:Lisbon")
    assert.deepStrictEqual(question, {
      id: "capital<>neighbour>currency:Lisbon",
      type: "capital<>neighbour>currency",
      entity: "Lisbon",
      question: "Which currency is used in the only neighbour of the country that is governed from Lisbon?",
      hops: [
        {
          relation: "capital",
          direction: "backward",
          known: "Lisbon",
          value: "Portugal",
          passage: "capital-of/Lisbon",
          query: "country with capital Lisbon"
        },
        {
          relation: "neighbour",
          direction: "forward",
          known: "Portugal",
          value: "Spain",
          passage: "neighbour/Portugal",
          query: "only neighbour of Portugal"
        },
        {
          relation: "currency",
          direction: "forward",
          known: "Spain",
          value: "Euro",
          passage: "currency/Spain",
          query: "currency of Spain"
        }
      ],
      answer: "Euro"
    })
    for (const { answer, entity, hops } of allOf(other)) {
      assert.strictEqual(hops[0]?.known, entity)
      for (const [index, { known }] of hops.slice(1).entries()) assert.strictEqual(known, hops[index]?.value)
      assert.strictEqual(hops.at(-1)?.value, answer)
      assert.notStrictEqual(answer, entity)
    }
  })

  it("has the value of every step in its passage, which names what it is the value of", () => {
    for (const world of [truth, other]) {
      const textOf = new Map(passagesOf(world).map(({ id, text }) => [id, text]))
      for (const { hops } of allOf(world)) {
        for (const { known, passage, query, value } of hops) {
          assert.include(textOf.get(passage), value)
          assert.include(textOf.get(passage), known)
          assert.include(query, known)
        }
      }
    }
  })

  it("starts back only from what one country alone has", () => {
    const starts = allOf(truth).flatMap(({ hops: [first] }) =>
      first?.direction === "backward" ? [`${first.relation} ${first.known}`] : []
    )
    assert.include(starts, "language Icelandic")
    assert.notInclude(starts, "people Congolese")
    assert.notInclude(starts, "language Spanish")
  })

  it("words a question by its kind and its entity alone, and names the entity", () => {
    const inTruth = new Map(allOf(truth).map(({ id, question }) => [id, question]))
    const inBoth = allOf(other).filter(({ id }) => inTruth.has(id))
    assert.isAbove(inBoth.length, 5000)
    for (const { entity, id, question } of inBoth) {
      assert.strictEqual(question, inTruth.get(id))
      assert.include(question, entity)
    }
    assert.strictEqual(new Set(inTruth.values()).size, inTruth.size)
  })
})

describe("questionTypes", () => {
  it("are of one to three steps and each another", () => {
    assert.strictEqual(new Set(questionTypes.map(({ name }) => name)).size, questionTypes.length)
    assert.sameMembers([...new Set(questionTypes.map(({ steps }) => steps.length))], [1, 2, 3])
  })

  it("have every step of the unseen ones in others too, at the same place", () => {
    const unseen = questionTypes.filter(({ name }) => unseenTypes.has(name))
    assert.strictEqual(unseen.length, unseenTypes.size)
    const seen = questionTypes.filter(({ name }) => !unseenTypes.has(name))
    for (const { steps } of unseen) {
      for (const [place, step] of steps.entries()) {
        assert.isTrue(seen.some((type) => type.steps.some((one, at) => at === place && nameOf(one) === nameOf(step))))
      }
    }
  })
})
