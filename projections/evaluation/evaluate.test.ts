import { describe, expect, it } from "@effect/vitest"
import { eventsOf } from "../testing/story.ts"
import { benchmarkMetrics, evaluate } from "./evaluate.ts"
import { evaluationOf, rowsOf, worked, workedEvents } from "./testing/rows.ts"

describe("the figures of a run", () => {
  const { initial, parents, branches, best, failed } = evaluationOf(workedEvents).overall

  it("are means over the initial trajectories that completed", () => {
    expect(initial.n).toBe(4)
    expect(initial.em).toBeCloseTo((0 + 0 + 1 + 1) / 4, 12)
    expect(initial.f1).toBeCloseTo((0 + 2 / 3 + 1 + 1) / 4, 12)
    expect(initial.precision).toBeCloseTo((0 + 1 + 1 + 1) / 4, 12)
    expect(initial.recall).toBeCloseTo((0 + 1 / 2 + 1 + 1) / 4, 12)
    expect(initial.acc).toBeCloseTo((0 + 0 + 1 + 1) / 4, 12)
    expect(initial.correctRate).toBe(0.5)
    expect(initial.formatRate).toBe(1)
    expect(initial.reward).toBeCloseTo((0.2 + 0.2 + 1 + 1.1) / 4, 12)
  })

  it("tell how well it searches: F1 per search, and perfect and partial searches", () => {
    expect(initial.searches).toBe((2 + 1 + 3 + 1) / 4)
    expect(initial.searchEfficiency).toBeCloseTo((0 / 2 + 2 / 3 / 1 + 1 / 3 + 1 / 1) / 4, 12)
    expect(initial).toMatchObject({ perfectRate: 1 / 4, partialRate: 2 / 4, searchQuality: 3 / 4 })
  })

  it("tell which queries are of low quality, and who says so", () => {
    expect(initial.queries).toEqual({ n: 7, low: 2 / 7, lowBy: { novelty: 1 / 7, usefulness: 1 / 7 }, unknown: 0 })
  })

  it("count a query that branches share where it was issued only", () => expect(branches.queries.n).toBe(1))

  it("set branches against their parents", () => {
    expect([parents.n, parents.f1]).toEqual([1, 0])
    expect([branches.n, branches.f1]).toEqual([1, 1])
  })

  it("tell what the best trajectory of each tree would reach", () => {
    expect(best.n).toBe(4)
    expect(best.f1).toBeCloseTo((1 + 2 / 3 + 1 + 1) / 4, 12)
  })

  it("count failures apart", () => expect(failed).toEqual({ initial: 1, branches: 0 }))

  it("are all 0 without trajectories", () => {
    const { overall } = evaluationOf(eventsOf({ questions: [{ id: "q", trajectories: [{ failed: "rejected" }] }] }))
    expect(overall.initial).toMatchObject({ n: 0, f1: 0, searchEfficiency: 0, queries: { n: 0, low: 0 }, usage: {} })
  })
})

describe("evaluate", () => {
  const other = { ...worked, questions: worked.questions.map((question) => ({ ...question, dataset: "another" })) }

  it("keeps data sets apart, in the order of their names, and pools them", () => {
    const run = evaluationOf([...workedEvents, ...eventsOf(other)])
    expect(run.datasets.map(({ dataset, initial }) => [dataset, initial.n])).toEqual([
      ["another", 4],
      ["demo", 4]
    ])
    expect(run.overall.initial.n).toBe(8)
  })

  it("keeps runs apart", () => {
    const runs = evaluate(rowsOf([...eventsOf({ ...worked, run: "second" }), ...workedEvents]))
    expect(runs.map(({ runId, overall }) => [runId, overall.initial.n])).toEqual([
      ["run", 4],
      ["second", 4]
    ])
  })

  it("chooses between branches of equal F1 by their reward", () => {
    const tree = {
      answer: "silver",
      rounds: [{ usefulness: 0 }, { usefulness: 0 }],
      branches: [
        { at: 1, rounds: [{ usefulness: 0 }, { usefulness: 0 }] },
        { at: 2, rounds: [{}, {}] }
      ]
    }
    const { best } = evaluationOf(eventsOf({ questions: [{ id: "q", trajectories: [tree] }] })).overall
    expect(best.reward).toBeCloseTo(1 - 0.1 + 0.1, 12)
    expect(best.searches).toBe(3)
  })
})

it("benchmarkMetrics are the nine figures of the initial trajectories by data set", () => {
  const metrics = benchmarkMetrics(evaluationOf(workedEvents))
  expect(Object.keys(metrics)).toEqual(["demo"])
  expect(metrics.demo).toEqual({
    n: 4,
    em: 0.5,
    f1: expect.closeTo(2 / 3, 12),
    precision: 0.75,
    recall: 0.625,
    acc: 0.5,
    searchEfficiency: expect.closeTo(0.5, 12),
    perfectRate: 0.25,
    partialRate: 0.5
  })
})
