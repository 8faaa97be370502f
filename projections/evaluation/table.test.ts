import { describe, expect, it } from "vitest"
import { eventsOf } from "../testing/story.ts"
import { renderMarkdownTables, renderTables, tableRows } from "./table.ts"
import { evaluationOf, worked, workedEvents } from "./testing/rows.ts"

const linesOf = (text: string, scope: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith(scope))
    .map((line) => line.split(/\s+/))

describe("the tables of a run", () => {
  const text = renderTables(evaluationOf(workedEvents))

  it("give the figures of the answers, then those of the searches, in percent", () =>
    expect(linesOf(text, "demo")).toEqual([
      ["demo", "initial", "4", "50.0", "66.7", "75.0", "62.5", "50.0", "50.0", "1.75"],
      ["demo", "initial", "75.0", "25.0", "50.0", "28.6", "14.3", "14.3", "100.0"]
    ]))

  it("have a line for each population, and none for branches where there are none", () => {
    expect(tableRows(evaluationOf(workedEvents)).map(({ population }) => population)).toEqual([
      "initial",
      "parents",
      "branches",
      "best"
    ])
    const unbranched = evaluationOf(eventsOf({ questions: [{ id: "q", trajectories: [{}] }] }))
    expect(tableRows(unbranched).map(({ population }) => population)).toEqual(["initial"])
  })

  it("pool several data sets in a last block", () => {
    const another = worked.questions.map((question) => ({ ...question, dataset: "東京" }))
    const rows = tableRows(evaluationOf([...workedEvents, ...eventsOf({ questions: another })]), ["initial"])
    expect(rows.map(({ scope, measures }) => [scope, measures.n])).toEqual([
      ["demo", 4],
      ["東京", 4],
      ["all", 8]
    ])
  })

  it("tell of failures", () => expect(text).toContain("1 initial trajectories, 0 branches"))

  it("fit into 80 columns", () =>
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80))

  it("show only the populations asked for", () =>
    expect(renderTables(evaluationOf(workedEvents), ["initial"])).not.toMatch(/^ +(parents|branches|best)/m))

  it("dash what nobody completed", () => {
    const none = renderTables(evaluationOf(eventsOf({ questions: [{ id: "q", trajectories: [{ failed: "no" }] }] })))
    expect(linesOf(none, "demo")[0]?.slice(2)).toEqual(Array.from({ length: 8 }, () => "–"))
  })

  it("come in Markdown, each line complete", () =>
    expect(renderMarkdownTables(evaluationOf(workedEvents))).toMatch(/^\| demo +\| branches +\| +1 \| 100\.0 \|/m))
})
