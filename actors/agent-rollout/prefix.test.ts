import { Result } from "effect"
import { describe, expect, it } from "vitest"
import type { Round } from "../../events/shapes.ts"
import { continueFrom } from "./prefix.ts"

const outside = { trajectoryId: "t1", isBranch: false }
const branch = { trajectoryId: "t2", isBranch: true }
const answered = "<think>a</think><search> first </search><result>result: \nx\n</result>\n"
const open = `${answered}<think>b</think><search> second </search>`

const textAlone = (transcript: string) => ({ transcript, rounds: [], turns: [] })

describe("continueFrom", () => {
  it("reads the answered queries of a text as given rounds, and leaves the last one to execute", () => {
    const { progress, pending } = Result.getOrThrow(continueFrom(textAlone(open), outside))
    expect(pending).toEqual([{ query: "second", queryEnd: open.length }])
    expect(progress.rounds).toHaveLength(1)
    const [first] = progress.rounds
    expect(first).toMatchObject({ round: 1, queryId: "t1:1", query: "first", kind: "given", documentIds: [] })
    expect(open.slice(first?.resultStart, first?.resultEnd)).toBe("<result>result: \nx\n</result>")
    expect(open.slice(0, first?.queryEnd)).toBe("<think>a</think><search> first </search>")
  })

  it("takes all searches of a last output as waiting", () => {
    const twice = "<think>a</think><search>x</search><search>y</search>"
    const { pending } = Result.getOrThrow(continueFrom(textAlone(twice), outside))
    expect(pending.map(({ query }) => query)).toEqual(["x", "y"])
  })

  it("makes a parent's rounds inherited, but what was given to the parent stays given", () => {
    const round = (kind: Round["kind"]): Round => ({
      round: 1,
      queryId: "t1:1",
      query: "first",
      kind,
      queryEnd: 40,
      resultStart: 40,
      resultEnd: 70,
      documentIds: ["d"]
    })
    const kinds = (kind: Round["kind"], trajectory: typeof branch) =>
      Result.getOrThrow(
        continueFrom({ transcript: open, rounds: [round(kind)], turns: [] }, trajectory)
      ).progress.rounds.map((read) => [read.kind, read.queryId])
    expect(kinds("issued", branch)).toEqual([["inherited", "t1:1"]])
    expect(kinds("inherited", branch)).toEqual([["inherited", "t1:1"]])
    expect(kinds("given", branch)).toEqual([["given", "t1:1"]])
    expect(kinds("issued", outside)).toEqual([["given", "t1:1"]])
  })

  it.each([
    [
      "does not begin with the priming tag",
      "hm <search>x</search>",
      'begins with <think>, found "hm <search>x</search>"'
    ],
    ["ends with something else than a query", "<think>x</think>", "ends right after the </search> of a query"],
    ["ends with broken tags", "<think><search>x<search>y</search>", "ends right after the </search> of a query"],
    [
      "holds a result that nobody asked for",
      "<think><result>x\n</result>\n<search>y</search>",
      "expected one query for each of the 1 results of the prefix, found 0"
    ]
  ])("refuses a prefix that %s", (_, transcript, message) => {
    const read = continueFrom(textAlone(transcript), outside)
    expect(Result.isFailure(read) && read.failure).toContain(message)
  })
})
