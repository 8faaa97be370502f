import { assert, describe, it } from "vitest"
import { datesIn } from "./dates.ts"

describe("datesIn", () => {
  it("reads the usual forms and orders them by value", () => {
    const found = datesIn("21 March 1925, then March 22, 1925, April 1925, and all of 1926")
    assert.deepStrictEqual(
      found.map(({ text, value }) => [text, value]),
      [
        ["21 March 1925", 19250321],
        ["March 22, 1925", 19250322],
        ["April 1925", 19250400],
        ["1926", 19260000]
      ]
    )
  })

  it("reads two dates whose dash got lost", () => {
    assert.deepStrictEqual(
      datesIn("(27 July 188225 May 1974)").map(({ text }) => text),
      ["27 July 1882", "25 May 1974"]
    )
  })

  it("takes no other numbers for years", () => {
    assert.isEmpty(datesIn("1,925 of 19250 people paid 1925,50 for 12 months"))
  })
})
