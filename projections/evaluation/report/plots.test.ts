import { describe, expect, it } from "vitest"
import { eventsOf } from "../../testing/story.ts"
import { evaluationOf, rowsOf, workedEvents } from "../testing/rows.ts"
import { plots } from "./plots.ts"

const plotOf = (id: string, events = workedEvents) => {
  const found = plots(evaluationOf(events), rowsOf(events)).find((chart) => chart.id === id)
  return found && { categories: found.categories, series: found.series.map(({ name, values }) => [name, values]) }
}

describe("the plots of a run", () => {
  it("set initial trajectories, parents and branches side by side", () =>
    expect(plotOf("f1")).toEqual({
      categories: ["demo"],
      series: [
        ["initial", [expect.closeTo(2 / 3, 12)]],
        ["parents of branches", [0]],
        ["branches", [1]]
      ]
    }))

  it("add all data sets together as a last group", () => {
    const another = eventsOf({ questions: [{ id: "q", dataset: "another", trajectories: [{ answer: "silver" }] }] })
    expect(plotOf("exact-match", [...workedEvents, ...another])).toMatchObject({
      categories: ["another", "demo", "all"],
      series: [
        ["initial", [0, 0.5, 0.4]],
        ["parents of branches", [undefined, 0, 0]],
        ["branches", [undefined, 1, 1]]
      ]
    })
  })

  it("tell what became of the parents' outcomes", () =>
    expect(plotOf("changes")).toEqual({
      categories: ["demo"],
      series: [
        ["became correct", [1]],
        ["stayed correct", [0]],
        ["stayed incorrect", [0]],
        ["became incorrect", [0]]
      ]
    }))

  it("tell in which rounds queries were scored 0, and by whom", () =>
    expect(plotOf("low-queries")).toEqual({
      categories: ["1", "2", "3"],
      series: [
        ["novelty", [0, 0, 1]],
        ["usefulness", [0, 1 / 2, 0]]
      ]
    }))

  it("keep a query that several scorers object to apart", () => {
    const rounds = [{ overlap: 2 }, { usefulness: 0 }, { overlap: 2, usefulness: 0 }]
    const low = plotOf("low-queries", eventsOf({ questions: [{ id: "q", trajectories: [{ rounds }] }] }))
    expect(low?.series.map(([name]) => name)).toEqual(["novelty", "usefulness", "novelty and usefulness"])
  })

  it("count searches, the branches' own way beside the initial ones'", () =>
    expect(plotOf("searches")).toEqual({
      categories: ["0", "1", "2", "3"],
      series: [
        ["initial", [0, 2 / 4, 1 / 4, 1 / 4]],
        ["branches", [0, 0, 1, 0]]
      ]
    }))

  it("put a reward into the group of bars that begins at it or below", () => {
    const rewards = plotOf("rewards")
    const at = (mark: string) => rewards?.series[0]?.[1]?.[rewards.categories.indexOf(mark)]
    expect([at("0.2"), at("1.0"), at("1.1")]).toEqual([2 / 4, 1 / 4, 1 / 4])
    expect(rewards?.categories.at(-1)).toBe("1.1")
  })
})
