import { assert, describe, it } from "vitest"
import { readQuestion } from "./question.ts"

describe("readQuestion", () => {
  it("reads the steps to the one a question is about, and what it asks of them", () => {
    const question = readQuestion("Where was the wife of the director of film The Passionate Strangers born?")
    assert.deepStrictEqual(question.relations, ["director", "spouse"])
    assert.strictEqual(question.fact, "place of birth")
    assert.strictEqual(question.form, "open")
  })

  it("takes possessives in the order they are written", () => {
    assert.deepStrictEqual(readQuestion("Who was Suzanne Farrington's mother's husband?").relations, [
      "mother",
      "spouse"
    ])
    assert.deepStrictEqual(readQuestion("Who is Louis VIII's maternal grandfather?").relations, ["mother", "father"])
  })

  it("reads a choice and what decides it", () => {
    const question = readQuestion("Which film has the director who died later, School On Fire or The Serfs?")
    assert.strictEqual(question.form, "choice")
    assert.deepStrictEqual(question.options, ["School On Fire", "The Serfs"])
    assert.deepStrictEqual(question.order, { fact: "date of death", pick: "greatest" })
    assert.deepStrictEqual(question.relations, ["director"])
  })

  it("reads a yes-no question about two things", () => {
    const question = readQuestion("Are Transitshop and The Acid from the same country?")
    assert.strictEqual(question.form, "yes-no")
    assert.deepStrictEqual(question.options, ["Transitshop", "The Acid"])
    assert.strictEqual(question.fact, "nationality")
  })

  const kinds = [
    ["How many campuses are there in Utah?", "number"],
    ["In what year did the war begin?", "date"],
    ["Which county borders Orange County?", "place"],
    ["Who founded Kimber?", "name"]
  ] as const
  for (const [text, wanted] of kinds) {
    it(`wants a ${wanted} for "${text}"`, () => {
      assert.strictEqual(readQuestion(text).wanted, wanted)
    })
  }
})
