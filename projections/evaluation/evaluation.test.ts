import { describe, expect, it } from "@effect/vitest"
import type { AnyEvent } from "../../events/envelope.ts"
import { paperRules } from "../../method/assess.ts"
import { combinationOf } from "../../method/combination.ts"
import { compareCanonical } from "../history/order.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
import { eventsOf, overridden, paperScoring, trajectoryIdAt } from "../testing/story.ts"
import { evaluate, isCompleted } from "./evaluate.ts"
import { evaluation } from "./evaluation.ts"
import { evaluationOf, rowsOf, workedEvents } from "./testing/rows.ts"

describe("the rows of an evaluation", () => {
  it("come in canonical order, a failure where its trajectory would stand", () => {
    const rows = rowsOf(workedEvents.toReversed())
    expect(rows.map(({ questionId, branch, kind }) => [questionId, branch, kind])).toEqual([
      ["q1", [], "completed"],
      ["q1", [2], "completed"],
      ["q2", [], "completed"],
      ["q3", [], "completed"],
      ["q4", [], "completed"],
      ["q5", [], "failed"]
    ])
  })

  it("say which scorers speak against a query, and what they say", () => {
    const [q1] = rowsOf(workedEvents).filter(isCompleted)
    expect(q1?.rounds).toMatchObject([
      { round: 1, quality: "high", objectors: [], feedback: "" },
      { round: 2, quality: "low", objectors: ["usefulness"], feedback: "usefulness says 0" }
    ])
  })

  it("name several objectors in the order of the combination, added scorers among them", () => {
    const scoring = { ...paperScoring, combine: "vague-check and usefulness and novelty" }
    const rounds = [{ overlap: 5, usefulness: 0, others: { "vague-check": 0 } }]
    const [row] = rowsOf(eventsOf({ scoring, questions: [{ id: "q", trajectories: [{ rounds }] }] })).filter(
      isCompleted
    )
    expect(row?.rounds[0]?.objectors).toEqual(["vague-check", "usefulness", "novelty"])
  })

  it("leave the quality of a query open while a score is missing or unreadable", () => {
    const rounds = [{ usefulness: "none" }, { usefulness: "unparsed" }, { overlap: 3, usefulness: "unparsed" }] as const
    const { initial } = evaluationOf(eventsOf({ questions: [{ id: "q", trajectories: [{ rounds }] }] })).overall
    expect(initial.queries).toEqual({ n: 3, low: 1 / 3, lowBy: { novelty: 1 / 3 }, unknown: 2 / 3 })
  })

  it("tell what a branch grew from", () => {
    const [, branch] = rowsOf(workedEvents).filter(isCompleted)
    const parent = trajectoryIdAt("q1", 0)
    expect(branch?.parent).toMatchObject({
      trajectoryId: parent,
      round: 2,
      refinement: { queryId: `${parent}:2`, refined: branch?.rounds[1]?.query, feedback: "not useful" }
    })
    expect(branch?.rounds.map(({ kind }) => kind)).toEqual(["inherited", "issued"])
  })

  it("follow a person's correction", () => {
    const corrected = overridden({ question: "q1", round: 2, scorer: "usefulness", score: 1 })
    expect(evaluationOf([...workedEvents, corrected]).overall.initial.queries.low).toBe(1 / 7)
  })

  it("can be worked out by other rules than the run's own", () => {
    const rules = { ...paperRules, f1Threshold: 0.6, combination: combinationOf({ kind: "scorer", name: "novelty" }) }
    const [run] = evaluate(rowsOf(workedEvents, { rules }))
    expect(run?.overall.initial).toMatchObject({ correctRate: 3 / 4, queries: { low: 1 / 7 } })
  })

  it("are those of one run when it is named", () => {
    const events = [...workedEvents, ...eventsOf({ run: "second", questions: [{ id: "q", trajectories: [{}] }] })]
    expect(rowsOf(events, { runId: "second" }).map(({ runId }) => runId)).toEqual(["second"])
  })

  it("count a trajectory that failed and completed after all as completed", () => {
    const failed = eventsOf({ questions: [{ id: "q", trajectories: [{ failed: "rejected" }] }] })
    const completed = eventsOf({ questions: [{ id: "q", trajectories: [{}] }] })
    expect(rowsOf([...failed, ...completed]).map(({ kind }) => kind)).toEqual(["completed"])
  })
})

describe("whatever the log's order of events that do not contradict each other", () => {
  it.prop("the evaluation is the same, and events told again change nothing", [seeds, seeds], ([story, order]) => {
    const events = randomEvents(story)
    const again = retold(events, order)
    expect(rowsOf(again)).toEqual(rowsOf(events))
    expect(evaluate(rowsOf(again))).toEqual(evaluate(rowsOf(events)))
  })

  it.prop("a log divided by question gives the same rows, merged in canonical order", [seeds], ([story]) => {
    const events = randomEvents(story)
    const isShared = ({ type }: AnyEvent) => evaluation.shared.includes(type)
    const parts = [...new Set(events.map(({ correlationid }) => correlationid))].map((part) =>
      events.filter((event) => isShared(event) || event.correlationid === part)
    )
    expect(parts.flatMap((part) => rowsOf(part)).sort(compareCanonical)).toEqual(rowsOf(events))
  })
})
