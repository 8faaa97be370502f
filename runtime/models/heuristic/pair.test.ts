import { assert, describe, it } from "vitest"
import { pairAround } from "./pair.ts"

describe("pairAround", () => {
  const cases: ReadonlyArray<readonly [text: string, left: string, right: string]> = [
    [
      "Which film came out first, All the Marbles or What Ever Happened to Baby Jane",
      "All the Marbles",
      "What Ever Happened to Baby Jane"
    ],
    [
      "Which film has the director born earlier, Priscilla, Queen Of The Desert or Harvest: 3,000 Years",
      "Priscilla, Queen Of The Desert",
      "Harvest: 3,000 Years"
    ],
    ["Was Rudolph Moshammer or Krasimir Balakov born first", "Rudolph Moshammer", "Krasimir Balakov"],
    [
      "Which film is older, Wolf Totem (2015 film) or 205 – Room Of Fear",
      "Wolf Totem (2015 film)",
      "205 – Room Of Fear"
    ]
  ]
  for (const [text, left, right] of cases) {
    it(`finds ${left} and ${right}`, () => {
      assert.deepStrictEqual(pairAround(text, / or /), [left, right])
    })
  }

  it("skips the words of the question beside a title", () => {
    const text =
      "Do director of film Voulez-Vous Coucher and director of film The Pixar Story share the same nationality"
    assert.deepStrictEqual(pairAround(text, / and /), ["Voulez-Vous Coucher", "The Pixar Story"])
  })

  it("finds no pair without titles on both sides", () => {
    assert.isUndefined(pairAround("Who wrote and directed it", / and /))
    assert.isUndefined(pairAround("Who directed Alien", / or /))
  })
})
