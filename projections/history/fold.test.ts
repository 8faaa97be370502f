import { describe, expect, it } from "@effect/vitest"
import { correlationId } from "../../events/ids.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
import { eventsOf, overridden, trajectoryIdAt } from "../testing/story.ts"
import { foldHistory, historyEvents, sharedHistoryEvents } from "./fold.ts"
import { emptyHistory, type History } from "./history.ts"
import { mergeHistories } from "./merge.ts"

const given = (...events: Parameters<typeof foldHistory>[1][]): History =>
  events.reduce((history, part) => foldHistory(history, part), emptyHistory())

const questionIn = (history: History, id: string) => history.questions.get(correlationId("run", "demo", id))

const story = eventsOf({
  questions: [
    {
      id: "q",
      trajectories: [
        { rounds: [{}, { usefulness: 0 }], branches: [{ at: 2, rounds: [{ query: "better" }] }] },
        { failed: "refused" }
      ]
    }
  ]
})
const root = trajectoryIdAt("q", 0)
const branch = trajectoryIdAt("q", 0, [2])

describe("the fold of a run", () => {
  it("collects what happened to a question under its correlation id", () => {
    const question = questionIn(given(story), "q")
    expect(question?.question?.question).toBe("What is q?")
    expect([...(question?.trajectories.keys() ?? [])]).toEqual([root, branch])
    expect([...(question?.failures.keys() ?? [])]).toEqual([trajectoryIdAt("q", 1)])
    expect([...(question?.refinements.values() ?? [])]).toMatchObject([
      { trajectoryId: root, round: 2, outcome: { kind: "refined", query: "better", branchTrajectoryId: branch } }
    ])
    expect(question?.scores.get(`${root}:2`)?.get("usefulness")?.score?.result).toEqual({ kind: "value", score: 0 })
  })

  it("keeps a branch's inherited rounds under the parent's query ids", () => {
    const rounds = questionIn(given(story), "q")?.trajectories.get(branch)?.rounds
    expect(rounds?.map(({ queryId, kind }) => [queryId, kind])).toEqual([
      [`${root}:1`, "inherited"],
      [`${branch}:2`, "issued"]
    ])
  })

  it("shares one settings object among trajectories", () => {
    const history = given(story.map((event) => structuredClone(event)))
    const [first, second] = questionIn(history, "q")?.trajectories.values() ?? []
    expect(first?.settings).toBe(second?.settings)
    expect(history.settings.size).toBe(1)
  })

  it("lets the first score of a scorer for a query stand", () => {
    const later = story
      .filter((event) => event.type === "QueryScored")
      .map((event) => ({
        ...event,
        id: `${event.id}-again`,
        data: { ...event.data, result: { kind: "unparsed" } as const }
      }))
    expect(given(story, later)).toEqual(given(story))
  })

  it("lets the last correction stand, even when an earlier one is told again", () => {
    const first = overridden({ question: "q", round: 2, scorer: "usefulness", score: 1 })
    const last = overridden({ question: "q", round: 2, scorer: "usefulness", score: 0, reason: "on second thoughts" })
    const record = questionIn(given(story, [first, last, first]), "q")
      ?.scores.get(`${root}:2`)
      ?.get("usefulness")
    expect(record?.overrides.map(({ eventId }) => eventId)).toEqual([first.id, last.id])
  })

  it.prop("depends neither on repetitions nor on the order of events that agree", [seeds, seeds], ([seed, order]) => {
    const events = randomEvents(seed)
    expect(given(retold(events, order))).toEqual(given(events))
  })

  it.prop("can be divided by correlation id and put together again", [seeds], ([seed]) => {
    const events = randomEvents(seed)
    const isShared = (type: string) => sharedHistoryEvents.some((shared) => shared === type)
    const part = (rest: number) =>
      given(events.filter((event) => isShared(event.type) || event.correlationid.charCodeAt(1) % 2 === rest))
    expect(mergeHistories([part(0), part(1)].map((history) => structuredClone(history)))).toEqual(given(events))
  })

  it.prop("of stretches of a log, merged one after the other, is the fold of the log", { seed: seeds }, ({ seed }) => {
    const events = retold(randomEvents(seed), seed)
    const third = Math.ceil(events.length / 3)
    const stretches = [0, 1, 2].map((i) => given(events.slice(i * third, (i + 1) * third)))
    expect(mergeHistories(stretches.map((history) => structuredClone(history)))).toStrictEqual(given(events))
  })

  it("takes events that it does not name as no events", () => {
    const unnamed = story.filter(({ type }) => !historyEvents.some((named) => named === type))
    expect(given(unnamed)).toEqual(emptyHistory())
  })
})
