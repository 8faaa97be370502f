import { assert, describe, it } from "@effect/vitest"
import { contentsOf, passagesOf } from "../world/passages.ts"
import { questionsOf, questionTypes } from "../world/questions.ts"
import { trueWorld } from "../world/world.ts"
import { objections } from "./objections.ts"

const world = trueWorld()
const documents = passagesOf(world).map((passage) => ({ id: passage.id, contents: contentsOf(passage) }))
const objectionTo = objections(world, { documents, fingerprint: "atlas" })
const questions = new Map(
  questionTypes.flatMap((type) => questionsOf(world, type)).map((question) => [question.id, question])
)

const objectionToId = (id: string) => {
  const question = questions.get(id)
  return question === undefined ? "no such question" : objectionTo(question)
}

describe("what speaks against a question", () => {
  it("is nothing, when its passages are found and its answer is clear", () => {
    assert.isUndefined(objectionToId("capital<>neighbour>currency:Lisbon"))
    assert.isUndefined(objectionToId(">domain:Czechia"))
    assert.isUndefined(objectionToId(">callingCode:Peru"))
  })

  it("is that a step's passage is not found: BM25 passes over the word it", () => {
    assert.strictEqual(objectionToId("domain<:.it"), "unfound")
    assert.strictEqual(objectionToId("domain<>region:.it"), "unfound")
  })

  it("is that its answer reads like another name once it is normalised", () => {
    assert.strictEqual(objectionToId(">capital:Guadeloupe"), "unclear")
    assert.strictEqual(objectionToId(">currency>currencyCode:Romania"), "unclear")
  })

  it("is that its answer is known before the last step, or stands in the question", () => {
    assert.strictEqual(objectionToId("people<>capital:Singaporean"), "early")
    assert.strictEqual(objectionToId("capital<>region:Palikir"), "early")
  })
})
