import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { renderResults } from "../../../method/protocol.ts"
import { roundsOf } from "./rounds.ts"

const [a, b] = ['"A"\nfirst\n\nstill the first', '"B"\nsecond']
const solution = `<think>x</think><search>q1</search>${renderResults([a, b])}<think>y</think><search> q2 </search><search>q3</search>${renderResults([b])}${renderResults([])}<think>z</think>`

const rounds = (rounds?: ReadonlyArray<object>) =>
  roundsOf({ solution, golden_answers: ["g"], ...(rounds === undefined ? {} : { rounds }) })

describe("the rounds of a solution", () => {
  it("are its executed searches, with the documents of their results", () => {
    expect(Result.getOrThrow(rounds())).toEqual([
      {
        query: "q1",
        transcript: solution.slice(0, solution.indexOf("</result>") + 9),
        documents: [a, b],
        earlier: [],
        scores: {}
      },
      expect.objectContaining({ query: "q2", documents: [b], earlier: [a, b] }),
      expect.objectContaining({ query: "q3", documents: [], earlier: [a, b, b] })
    ])
  })

  it("know their documents by id where the trainer told the ids", () => {
    const told = [{ document_ids: ["1", "2"] }, { document_ids: ["2"], scores: { usefulness: 1 } }, {}, {}]
    expect(Result.getOrThrow(rounds(told))).toMatchObject([
      { documents: ["1", "2"], earlier: [] },
      { documents: ["2"], earlier: ["1", "2"], scores: { usefulness: 1 } },
      { documents: [], earlier: ["1", "2", "2"] }
    ])
  })

  it("must be as many as the results", () => {
    expect(rounds([{}])).toEqual(Result.fail("expected a round for each result, got 1 for 3"))
  })

  it("are none in a solution that never searched, or was cut off before the results", () => {
    for (const text of ["", "<think>x</think>", "<search>q</search>"]) {
      expect(roundsOf({ solution: text, golden_answers: ["g"], rounds: [{}] })).toEqual(Result.succeed([]))
    }
  })
})
