import { describe, expect, it } from "vitest"
import { eventsOf, type QuestionStory, trajectoryIdAt } from "../testing/story.ts"
import { displayWidth } from "../text/displayWidth.ts"
import { pickExample, renderExample } from "./example.ts"
import { rowsOf, workedEvents } from "./testing/rows.ts"

const exampleOf = (questions: ReadonlyArray<QuestionStory>) => pickExample(rowsOf(eventsOf({ questions })))

/** A question whose first query was judged useless, and what became of it. */
const refined = (
  id: string,
  before: string,
  after: string,
  usefulness: 0 | 1 = 1,
  further: ReadonlyArray<object> = []
): QuestionStory => ({
  id,
  golden: ["red fox"],
  trajectories: [
    {
      answer: before,
      rounds: [{ usefulness: 0 }, ...further],
      branches: [{ at: 1, answer: after, rounds: [{ usefulness }, ...further] }]
    }
  ]
})

describe("the example", () => {
  it.each<[behaviour: string, chosen: string, others: ReadonlyArray<QuestionStory>]>([
    [
      "a wrong answer made right to a greater gain that stays wrong",
      "z",
      [refined("a", "dog", "fox"), refined("z", "fox", "red fox")]
    ],
    [
      "a refined query of high quality to one that is low again",
      "z",
      [refined("a", "dog", "red fox", 0), refined("z", "dog", "red fox")]
    ],
    ["the greater gain", "z", [refined("a", "fox", "red fox"), refined("z", "dog", "red fox")]],
    ["the shorter story", "z", [refined("a", "dog", "red fox", 1, [{}]), refined("z", "dog", "red fox")]],
    ["the first of equals", "a", [refined("z", "dog", "red fox"), refined("a", "dog", "red fox")]],
    [
      "any branch to a low query without one",
      "z",
      [{ id: "a", trajectories: [{ rounds: [{ overlap: 2 }] }] }, refined("z", "fox", "dog")]
    ]
  ])("prefers %s", (_, chosen, questions) => {
    expect(exampleOf(questions)?.questionId).toBe(chosen)
  })

  it("tells the query, why it was scored 0, and what it became", () => {
    const parent = trajectoryIdAt("q1", 0)
    const branch = trajectoryIdAt("q1", 0, [2])
    expect(pickExample(rowsOf(workedEvents))).toMatchObject({
      question: "What is q1?",
      queryId: `${parent}:2`,
      round: 2,
      objectors: ["usefulness"],
      feedback: "usefulness says 0",
      prediction: "silver",
      f1: 0,
      became: { query: `query 2 of ${branch}`, quality: "high", trajectoryId: branch, prediction: "gold", f1: 1 }
    })
  })

  it("is a low query alone when nothing was refined", () => {
    const example = exampleOf([{ id: "q", trajectories: [{ rounds: [{}, { overlap: 2 }] }] }])
    expect(example).toMatchObject({ round: 2, objectors: ["novelty"] })
    expect(example).not.toHaveProperty("became")
  })

  it("does not exist when every query is of high quality", () =>
    expect(exampleOf([{ id: "q", trajectories: [{}] }])).toBeUndefined())

  it("reads as text of the width asked for", () => {
    const example = exampleOf([refined("q", "", "red fox")])
    if (example === undefined) throw new Error("expected an example")
    const text = renderExample({ ...example, question: "word ".repeat(40) }, 60)
    expect(text).toContain("Scored 0  by usefulness: usefulness says 0")
    expect(text).toContain("Before    (none) (F1 0.00)")
    expect(text).toContain("After     red fox (F1 1.00)")
    expect(Math.max(...text.split("\n").map(displayWidth))).toBeLessThanOrEqual(60)
  })
})
