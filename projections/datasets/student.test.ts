import { describe, expect, it } from "@effect/vitest"
import { built } from "../testing/build.ts"
import { eventsOf, overridden, trajectoryIdAt } from "../testing/story.ts"
import { student } from "./student.ts"

const judge = "teacher"
const events = eventsOf({
  questions: [
    {
      id: "q",
      trajectories: [
        {
          rounds: [
            { query: "one", judge },
            { query: "two", judge, usefulness: 0 }
          ],
          branches: [{ at: 2, refiner: "teacher", rounds: [{ query: "three", judge, usefulness: "unparsed" }] }]
        },
        {}
      ]
    }
  ]
})
const lessons = (told = events, ...set: ReadonlyArray<string>) =>
  built(student, told, set).rows.map(({ prompt, target }) => [prompt.user, target.text])

describe("the dataset for a student judge", () => {
  it("teaches what models were asked and replied, each query once, in canonical order", () => {
    expect(lessons()).toEqual([
      ["About: one", '{"score": 1}'],
      ["About: two", '{"score": 0}'],
      ["About: two", "a better query"]
    ])
  })

  it("teaches one of the tasks alone", () => {
    expect(lessons(events, "task=score")).toHaveLength(2)
    expect(lessons(events, "task=refine")).toEqual([["About: two", "a better query"]])
  })

  it("does not teach what a person corrected, but what a person confirmed", () => {
    const correct = (score: number) => overridden({ question: "q", round: 2, scorer: "usefulness", score })
    expect(lessons([...events, correct(1)])).toHaveLength(2)
    expect(lessons([...events, correct(1), correct(0)])).toHaveLength(3)
  })

  it("names the event that holds the exchange", () => {
    const types = built(student, events).rows.map(({ lineage }) =>
      lineage.events.map((id) => events.find((event) => event.id === id)?.type)
    )
    expect(types).toEqual([["QueryScored"], ["QueryScored"], ["QueryRefined"]])
  })

  it("says what a trajectory contributes", () => {
    const decisions = built(student, events).decisions
    expect(decisions.map(({ key, included, rowIds }) => [key.trajectoryId, included, rowIds.length])).toEqual([
      [trajectoryIdAt("q", 0), true, 3],
      [trajectoryIdAt("q", 0, [2]), false, 0],
      [trajectoryIdAt("q", 1), false, 0]
    ])
  })
})
