import { assert, describe, it } from "vitest"
import { type FactName, factOf } from "./facts.ts"
import { readTranscript } from "./reading.ts"
import { relatedName } from "./relations.ts"

const pagesOf = (title: string, text: string) =>
  readTranscript(`<result>result: \n"${title}"\n${text}\n</result>\n`).pages

const factIn = (text: string, name: FactName) => factOf(pagesOf("Ann Lee", text), name)?.text

describe("factOf", () => {
  it("reads dates and places of a life off the brackets", () => {
    const text = "Ann Lee (21 March 1925, Oslo – 15 January 1996 in Bern) was a Danish painter."
    assert.strictEqual(factIn(text, "date of birth"), "21 March 1925")
    assert.strictEqual(factIn(text, "date of death"), "15 January 1996")
    assert.strictEqual(factIn(text, "place of birth"), "Oslo")
    assert.strictEqual(factIn(text, "place of death"), "Bern")
    assert.strictEqual(factIn(text, "age"), "70 years")
  })

  it("reads them off sentences", () => {
    const text = "Ann Lee is a painter. She was born in May 1931 in Aarhus, Denmark. She died at Rome in 1999."
    assert.strictEqual(factIn(text, "place of birth"), "Aarhus")
    assert.strictEqual(factIn(text, "date of birth"), "May 1931")
    assert.strictEqual(factIn(text, "place of death"), "Rome")
  })

  it("takes the first nation of a person and the last one of a place", () => {
    assert.strictEqual(factIn("Ann Lee (1925) was a Danish painter in France.", "nationality"), "Danish")
    assert.strictEqual(factIn("Ann Lee is a village near the Turkish border in Iran.", "nationality"), "Iran")
  })

  it("takes no name at birth for a place", () => {
    assert.isUndefined(factIn("Ann Lee (born Berta Holm, May 2, 1923) is a singer.", "place of birth"))
  })
})

describe("relatedName", () => {
  it("reads who a page names as director, father, mother and spouse", () => {
    const film = pagesOf(
      "Alba",
      "Alba is a 1935 film, written and directed by Polish director Jan Nowak and shot by Ivo Kos."
    )
    assert.strictEqual(relatedName(film, "director"), "Jan Nowak")
    const person = pagesOf(
      "Ann Lee",
      "Ann Lee was the daughter of Karl Lee and Rosa Holm. She married Max Born in 1950."
    )
    assert.strictEqual(relatedName(person, "father"), "Karl Lee")
    assert.strictEqual(relatedName(person, "mother"), "Rosa Holm")
    assert.strictEqual(relatedName(person, "spouse"), "Max Born")
  })

  it("finds nobody on a page that names nobody", () => {
    assert.isUndefined(relatedName(pagesOf("Alba", "Alba is a film directed by its crew."), "director"))
  })
})
