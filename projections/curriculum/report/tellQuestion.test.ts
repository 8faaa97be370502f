import { assert, describe, it } from "@effect/vitest"
import { eventsOf, trajectoryIdAt } from "../../testing/story.ts"
import type { QuestionChoice } from "./pickQuestion.ts"
import { tellQuestion } from "./tellQuestion.ts"
import { curriculumEvents } from "./testing/curriculumLog.ts"

const choice = (changes: Partial<QuestionChoice> = {}): QuestionChoice => ({
  set: "true",
  dataset: "demo",
  questionId: "q",
  asked: [{ stage: "base", runId: "run" }],
  ...changes
})

describe("the story of a question", () => {
  it("tells each query with every score, the scorers that count first, and what the trajectory answered", () => {
    const rounds = [
      { query: "where?", usefulness: 0, others: { brevity: 1 } },
      { overlap: 2, usefulness: "unparsed" as const }
    ]
    const events = eventsOf({ questions: [{ id: "q", trajectories: [{ answer: "silver", rounds }] }] })
    const [attempt] = tellQuestion(choice(), events)?.attempts ?? []
    const trajectoryId = trajectoryIdAt("q", 0)
    assert.deepStrictEqual(
      attempt?.rounds.map(({ quality, query, queryId, scores }) => [
        queryId,
        query,
        quality,
        ...scores.map(({ scorer, verdict }) => `${scorer} ${verdict}`)
      ]),
      [
        [`${trajectoryId}:1`, "where?", "low", "novelty high", "usefulness low", "brevity high"],
        [`${trajectoryId}:2`, `query 2 of ${trajectoryId}`, "low", "novelty low", "usefulness unparsed"]
      ]
    )
    assert.strictEqual(attempt?.rounds[0]?.scores[1]?.explanation, "usefulness says 0")
    assert.deepStrictEqual([attempt?.prediction, attempt?.em, attempt?.f1], ["silver", 0, 0])
  })

  it("names what was found by its titles, and by its ids where the retrieval is not in the log", () => {
    const runId = "atlas-base-true"
    const question = "the currency of Aruba"
    const told = (events: ReturnType<typeof curriculumEvents>) =>
      tellQuestion(choice({ dataset: "true", questionId: question, asked: [{ stage: "base", runId }] }), events)
    const titles = (events: ReturnType<typeof curriculumEvents>) => told(events)?.attempts[0]?.rounds[0]?.titles
    const events = curriculumEvents()
    assert.deepStrictEqual(titles(events), ["Qatar", "Saudi Arabia"])
    const ids = titles(events.filter(({ type }) => type !== "DocumentsRetrieved")) ?? []
    assert.match(ids.join(" "), /^t[0-9a-f]{16}-1-a t[0-9a-f]{16}-1-b$/)
  })

  it("is about the policy's own trajectory, not about branches", () => {
    const branches = [{ at: 1, rounds: [{ query: "better" }] }]
    const rounds = [{ query: "worse", usefulness: 0 }]
    const events = eventsOf({ questions: [{ id: "q", trajectories: [{ answer: "silver", rounds, branches }] }] })
    const story = tellQuestion(choice(), events.toReversed())
    assert.deepStrictEqual(
      story?.attempts.map(({ rounds }) => rounds.map(({ query }) => query)),
      [["worse"]]
    )
  })

  it("tells nothing of a question that the events do not have", () => {
    assert.isUndefined(tellQuestion(choice(), []))
  })
})
