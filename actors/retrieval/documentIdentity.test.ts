import { describe, expect, it } from "vitest"
import { identified } from "./documentIdentity.ts"

describe("identified", () => {
  it("leaves an id as it is", () => {
    const document = { id: "d", contents: "x", score: 1 }
    expect(identified(document)).toBe(document)
  })

  it("names a document without an id by its text, its score aside", () => {
    const id = identified({ id: "", contents: "x", score: 1 }).id
    expect(identified({ id: "", contents: "x", score: 2 }).id).toBe(id)
    expect(identified({ id: "", contents: "y" }).id).not.toBe(id)
  })
})
