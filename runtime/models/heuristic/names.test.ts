import { assert, describe, it } from "vitest"
import { namesIn } from "./names.ts"

const textsOf = (text: string) => namesIn(text).map((name) => name.text)

describe("namesIn", () => {
  it("finds runs of capitalised words with the particles between them", () => {
    assert.deepStrictEqual(textsOf("a daughter of Maria van der Berg of the University of Oslo"), [
      "Maria van der Berg of the University of Oslo"
    ])
    assert.deepStrictEqual(textsOf("directed by J. Lee Thompson and written by Mary-Jane O’Neil"), [
      "J. Lee Thompson",
      "Mary-Jane O’Neil"
    ])
  })

  it("finds quoted titles", () => {
    assert.deepStrictEqual(textsOf('her novel "in the dark," was published'), ["in the dark"])
  })

  it("leaves out words that only begin a sentence, and dates", () => {
    assert.deepStrictEqual(textsOf("In March 1960 he met Rosa. After that She left."), ["Rosa"])
    assert.deepStrictEqual(textsOf("The Serfs is a film."), ["The Serfs"])
  })

  it("tells where a name begins", () => {
    const text = "In Oslo lived Maria's aunt"
    assert.deepStrictEqual(namesIn(text), [
      { text: "Oslo", start: text.indexOf("Oslo") },
      { text: "Maria", start: text.indexOf("Maria") }
    ])
  })
})
