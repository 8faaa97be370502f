import { describe, expect, it } from "vitest"
import { queryId } from "../../../events/ids.ts"
import { trajectoryIdAt } from "../../testing/story.ts"
import { displayWidth } from "../../text/displayWidth.ts"
import { auditQuery, auditTrajectory } from "../audit.ts"
import { fullLog } from "../testing/fullLog.ts"
import { renderStory } from "./renderStory.ts"

const log = fullLog({
  questions: [{ id: "q", trajectories: [{ rounds: [{}, { usefulness: 0, overlap: 2 }], branches: [{ at: 2 }] }] }]
})
const root = trajectoryIdAt("q", 0)
const prompt = `the beginning ${"of a long prompt ".repeat(100)} and its end`

/** The same log, its judge a model. */
const judged = log.map(({ sequence, event }) => {
  if (event.type !== "QueryScored" || event.data.scorer.name !== "usefulness") return { sequence, event }
  const exchange = {
    model: "judge-32b",
    system: "You judge.",
    user: prompt,
    reply: "Score: 0",
    attempts: 2,
    latencyMs: 812.4,
    promptTokens: 900
  }
  return { sequence, event: { ...event, data: { ...event.data, evidence: { exchange } } } }
})

describe("a story as text", () => {
  const text = renderStory(auditTrajectory(log, root))

  it("begins with its subject and goes through the log from the oldest event on", () => {
    expect(text.split("\n")[0]).toBe(`Trajectory ${root}`)
    const sequences = [...text.matchAll(/^#(\d+)/gm)].map(([, sequence]) => Number(sequence))
    expect(sequences).toEqual(sequences.toSorted((left, right) => left - right))
    expect(sequences).toHaveLength(auditTrajectory(log, root).entries.length)
  })

  it("says who did what, and why", () => {
    expect(text).toMatch(
      /^#\d+ {2}2026-01-01T00:00:00Z {2}DocumentsRetrieved by retrieval 1\n {2}Round 1: 2 documents/m
    )
    expect(text).toMatch(/round 2 {2}low: The query is redundant: it retrieved 2 documents/)
  })

  it("ends with where the trajectory was used", () => {
    const end = text.slice(text.indexOf("\nDatasets\n"))
    expect(end).toMatch(/sft {2}would not be in: round 2: novelty: 2 documents of earlier rounds/)
    expect(end).toMatch(/rl {3}would be in: reward 1, /)
  })

  it("fits the terminal", () => {
    const narrow = renderStory(auditTrajectory(judged, root), { columns: 60 })
    const lines = narrow.split("\n").filter((line) => !line.startsWith("#"))
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60)
  })

  it("shows the exchange with a model, long prompts by their ends", () => {
    const short = renderStory(auditQuery(judged, root, 2))
    expect(short).toContain("judge-32b, attempt 2, 812 ms, 900 tokens read")
    expect(short).toContain("Score: 0")
    expect(short).toMatch(/the beginning[\s\S]*\[… \d+ characters left out …\][\s\S]*and its end/)
  })

  it("shows long texts whole when asked to", () => {
    const full = renderStory(auditQuery(judged, root, 2), { full: true })
    expect(full).not.toContain("left out")
    expect(full.replace(/\s+/g, " ").split("of a long prompt")).toHaveLength(101)
    expect(full).toContain("<search> query 1 of")
  })

  it("of a query leaves the other rounds' assessments out and says which scores its own rests on", () => {
    const query = renderStory(auditQuery(log, root, 2))
    expect(query.split("\n")[0]).toBe(`Query ${queryId(root, 2)}`)
    expect(query).not.toMatch(/^ +round 1 /m)
    const scores = auditQuery(log, root, 2).entries.filter(({ type }) => type === "QueryScored")
    expect(query).toContain(`rests on  ${scores.map(({ sequence }) => `#${sequence}`).join(", ")}`)
  })

  it("of nothing is empty", () => expect(renderStory(auditTrajectory(log, "t-nobody"))).toBe(""))
})
