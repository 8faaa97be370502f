import { assert, describe, it } from "vitest"
import { englishStopWords, termsOf } from "./terms.ts"

describe("termsOf", () => {
  it("lowers case and parts words at everything that is neither letter nor digit", () => {
    assert.deepStrictEqual(termsOf('"S.P.L. Sørensen"\nborn 9 January 1868'), [
      "s",
      "p",
      "l",
      "sørensen",
      "born",
      "9",
      "january",
      "1868"
    ])
  })

  it("drops diacritics, however they are encoded", () => {
    assert.deepStrictEqual(termsOf("Pál Gábor"), ["pal", "gabor"])
    assert.deepStrictEqual(termsOf("Pa\u0301l"), ["pal"])
  })

  it("reads other scripts", () => {
    assert.deepStrictEqual(termsOf("Лев Толстой"), ["лев", "толстои"])
  })

  it("finds nothing in punctuation", () => {
    assert.isEmpty(termsOf(" – … ?"))
  })
})

describe("englishStopWords", () => {
  it("are terms, each once", () => {
    assert.deepStrictEqual(termsOf(englishStopWords.join(" ")), englishStopWords)
    assert.strictEqual(new Set(englishStopWords).size, englishStopWords.length)
  })
})
