import { assert, describe, it } from "@effect/vitest"
import { configurationPage, isCurrent } from "./catalogue.ts"

describe("docs/configuration.md", () => {
  it("says what the schema says (else: node config/catalogue.ts --write)", () => {
    assert.isTrue(isCurrent())
  })

  it("gives every key a type and a meaning", () => {
    const rows = configurationPage()
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    assert.isAbove(rows.length, 100)
    for (const [, key, type, , meaning] of rows) {
      assert.isNotEmpty(type, key)
      assert.isNotEmpty(meaning, key)
    }
  })

  it("tells keys that must be given from those with a default", () => {
    const page = configurationPage()
    assert.match(page, /^\| `run\.name` \|.*\| \*\*required\*\* \|/m)
    assert.match(page, /^\| `retrieval\.topK` \| positive integer \| `5` \|/m)
    assert.match(page, /^\| `questions\[\]\.limit` \| positive integer \| none \|/m)
  })
})
