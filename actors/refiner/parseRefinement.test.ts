import { describe, expect, it } from "vitest"
import { briefRefinement } from "../../method/briefPrompts.ts"
import { parseRefinement } from "./parseRefinement.ts"

describe("parseRefinement", () => {
  it.each<[behaviour: string, reply: string, query: string, explanation: string]>([
    [
      "the form asked for",
      "Too broad.\n<search> Musa 2001 film director </search>",
      "Musa 2001 film director",
      "Too broad."
    ],
    ["a query over several lines", "<search>Musa\n  director</search>", "Musa director", ""],
    ["the last of several queries", "a <search>one</search> b <search>two</search>", "two", "a <search>one</search> b"],
    ["what follows its thoughts", "<think><search>no</search></think>So: <search>yes</search>", "yes", "So:"]
  ])("reads %s", (_, reply, query, explanation) => {
    expect(parseRefinement(reply, "who")).toEqual({ kind: "refined", query, explanation })
  })

  it.each([
    ["there is no query", "I would not change it."],
    ["the query says nothing", "<search>  </search>"],
    ["the tags are broken", "<search>Musa"],
    ["a tag is inside", "<search><search>Musa</search></search>"]
  ])("is unparsed when %s", (_, reply) => {
    expect(parseRefinement(reply, "who")).toEqual({ kind: "failed", reason: "unparsed" })
  })

  it("is unchanged when the query comes back, letter case and blanks aside", () => {
    expect(parseRefinement("<search>musa  Film </search>", "Musa film")).toEqual({
      kind: "failed",
      reason: "unchanged"
    })
  })

  it.each(["Musa film", "capital of Côte d'Ivoire", "東京 mayor 1999"])("reads a student's reply back: %s", (query) => {
    expect(parseRefinement(briefRefinement(query), "who")).toEqual({ kind: "refined", query, explanation: "" })
  })
})
