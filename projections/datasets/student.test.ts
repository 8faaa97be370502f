import { describe, expect, it } from "@effect/vitest"
import { briefJudgement, briefJudgePrompt, briefRefinement, briefRefinerPrompt } from "../../method/briefPrompts.ts"
import { priming } from "../../method/protocol.ts"
import { built } from "../testing/build.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
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

/** Rules judge and refine; only the first judgement of the second question is a model's. */
const ruled = eventsOf({
  questions: [
    {
      id: "q",
      golden: ["gold", "Au"],
      trajectories: [
        {
          rounds: [{ query: "one" }, { query: "two", usefulness: 0 }],
          branches: [{ at: 2, rounds: [{ query: "three", usefulness: "unparsed" }] }]
        },
        { rounds: [{ query: "four", usefulness: "none" }] }
      ]
    },
    { id: "r", trajectories: [{ rounds: [{ query: "five", usefulness: 0.5, judge: "teacher" }] }] }
  ]
})

const briefly = (told = ruled, ...set: ReadonlyArray<string>) => built(student, told, ["prompt=brief", ...set])

/** The queries that rows are about, with what they teach of them. */
const taught = (...args: Parameters<typeof briefly>) =>
  briefly(...args).rows.map(({ lineage, target }) => [lineage.queries[0], target.text])

const query = (round: number) => `${trajectoryIdAt("q", 0)}:${round}`
const low = [`${trajectoryIdAt("r", 0)}:1`, briefJudgement(0)]

describe("the dataset for a small student", () => {
  it("teaches every readable score and every refinement, whoever gave them, in canonical order", () => {
    expect(taught()).toEqual([
      [query(1), briefJudgement(1)],
      [query(2), briefJudgement(0)],
      [query(2), briefRefinement("three")],
      low
    ])
  })

  it("asks as the student will be asked", () => {
    const completed = ruled.find((event) => event.type === "TrajectoryCompleted")
    const { transcript, rounds } =
      completed?.type === "TrajectoryCompleted" ? completed.data : { transcript: "", rounds: [] }
    const [first = 0, second = 0] = rounds.map(({ resultEnd }) => resultEnd)
    const asked = { question: "What is q?", goldenAnswers: ["gold", "Au"] }
    const queryEnd = rounds[1]?.queryEnd ?? 0
    const prompts = briefly().rows.map(({ prompt }) => prompt)
    expect(prompts.slice(0, 3)).toEqual([
      { system: "", user: briefJudgePrompt({ ...asked, transcript: transcript.slice(0, first) }) },
      { system: "", user: briefJudgePrompt({ ...asked, transcript: transcript.slice(0, second) }) },
      { system: "", user: briefRefinerPrompt({ ...asked, transcript, queryEnd }) }
    ])
    expect(prompts[2]?.user).toMatch(
      new RegExp(`^What is q\\?\\n${priming} Step 1\\..*<think> Step 2\\. </think>$`, "s")
    )
  })

  it("counts every letter of a reply for the loss", () => {
    for (const { target } of briefly().rows) expect(target.loss).toEqual([{ start: 0, end: target.text.length }])
  })

  it("teaches one of the tasks alone", () => {
    expect(taught(ruled, "task=score")).toEqual([[query(1), briefJudgement(1)], [query(2), briefJudgement(0)], low])
    expect(taught(ruled, "task=refine")).toEqual([[query(2), briefRefinement("three")]])
  })

  it("teaches the score of a person who corrected it, and names both events", () => {
    const correct = overridden({ question: "q", round: 2, scorer: "usefulness", score: 1 })
    const told = [...ruled, correct]
    expect(taught(told, "task=score")).toEqual([[query(1), briefJudgement(1)], [query(2), briefJudgement(1)], low])
    const { events } = briefly(told, "task=score").rows[1]?.lineage ?? { events: [] }
    expect(events.map((id) => told.find((event) => event.id === id)?.type)).toEqual(["QueryScored", "ScoreOverridden"])
  })

  it("teaches the score of a person where the judge's could not be read", () => {
    const unread = { question: "q", branch: [2], round: 2, scorer: "usefulness", score: 1 }
    const id = `${trajectoryIdAt("q", 0, [2])}:2`
    expect(taught([...ruled, overridden(unread)], "task=score")).toContainEqual([id, briefJudgement(1)])
  })

  it("takes a score for a 1 from the threshold on", () => {
    expect(taught(ruled, "task=score", "thresholds.usefulness=0.5").at(-1)).toEqual([low[0], briefJudgement(1)])
  })

  it("leaves out what no combination asks for but usefulness", () => {
    const others = eventsOf({
      questions: [
        { id: "q", trajectories: [{ rounds: [{ query: "one", usefulness: "none", others: { student: 1 } }] }] }
      ]
    })
    expect(taught(others)).toEqual([])
  })

  it("says what a trajectory contributes", () => {
    expect(briefly().decisions.map(({ rowIds, reasons }) => [rowIds.length, reasons[0]])).toEqual([
      [3, "scores and refinements of its own queries: 3"],
      [0, "none of its own queries has a readable score of usefulness or a refinement"],
      [0, "none of its own queries has a readable score of usefulness or a refinement"],
      [1, "scores and refinements of its own queries: 1"]
    ])
  })

  it.prop("has the same rows however its events arrived", [seeds, seeds], ([seed, order]) => {
    const events = randomEvents(seed)
    expect(briefly(retold(events, order)).rows).toEqual(briefly(events).rows)
  })

  it.prop("rests on events of the log, each row on others", [seeds], ([seed]) => {
    const events = randomEvents(seed)
    const known = new Set(events.map(({ id }) => id))
    const { rows } = briefly(events)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    expect(rows.flatMap(({ lineage }) => lineage.events).filter((id) => !known.has(id))).toEqual([])
  })
})
