import { describe, expect, it } from "@effect/vitest"
import { codec } from "../../events/codec.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
import { trajectoryIdAt } from "../testing/story.ts"
import { collectScope, scopeOf } from "./collect.ts"
import { indexTrajectories, locateTrajectory, parseQueryId, type TrajectoryIndex } from "./locate.ts"
import { fullLog, logged } from "./testing/fullLog.ts"

const scope = { runId: "run", correlationId: "q1" }
const index: TrajectoryIndex = new Map([
  ["tab12cd34", scope],
  ["tab12ef56", { ...scope, correlationId: "q2" }],
  ["tab1", { ...scope, correlationId: "q3" }]
])

describe("looking a trajectory up", () => {
  it.each([
    ["an id", "tab12cd34", "tab12cd34"],
    ["the beginning of only one id", "tab12c", "tab12cd34"],
    ["an id that others begin with", "tab1", "tab1"]
  ])("finds %s", (_, given, trajectoryId) =>
    expect(locateTrajectory(index, given)).toMatchObject({
      kind: "found",
      trajectoryId,
      scope: index.get(trajectoryId)
    })
  )

  it("tells which ones it could be", () =>
    expect(locateTrajectory(index, "tab12")).toEqual({ kind: "ambiguous", candidates: ["tab12cd34", "tab12ef56"] }))

  it.each([
    ["a slip", "tab12cx34", ["tab12cd34"]],
    ["the beginning of an id with a slip", "tac12c", ["tab12cd34", "tab12ef56"]],
    ["something else", "hotpotqa", []],
    ["nothing", "", []]
  ])("suggests similar ids for %s", (_, given, similar) =>
    expect(locateTrajectory(index, given)).toEqual({ kind: "unknown", similar })
  )

  it("knows every trajectory that was requested", () => {
    const events = fullLog({ questions: [{ id: "q", trajectories: [{ rounds: [{}], branches: [{ at: 1 }] }] }] })
    const known = events.reduce((state, { event }) => indexTrajectories.evolve(state, event), indexTrajectories.init())
    expect([...known.keys()]).toEqual([trajectoryIdAt("q", 0), trajectoryIdAt("q", 0, [1])])
  })
})

describe("a query id", () => {
  it.each([
    ["t12:3", { trajectory: "t12", round: 3 }],
    ["a:b:12", { trajectory: "a:b", round: 12 }]
  ])("%s is read", (given, parts) => expect(parseQueryId(given)).toEqual(parts))

  it.each(["t12", "t12:", "t12:0", "t12:x", ":1"])("%s is none", (given) => expect(parseQueryId(given)).toBeUndefined())
})

describe("collecting what a story is made of", () => {
  it.prop(
    "the look at the text before decoding lets everything through that is kept",
    [seeds, seeds],
    ([story, order]) => {
      const log = logged(retold(randomEvents(story), order))
      const [first] = log.filter(({ event }) => event.type === "TrajectoryCompleted")
      const found = first?.event.type === "TrajectoryCompleted" && scopeOf(log, first.event.data.trajectoryId)
      if (!found) return
      const { concerns, init, evolve } = collectScope(found)
      const collect = (some: typeof log) =>
        some.reduce((kept, { event, sequence }) => evolve(kept, event, sequence), init())
      const concerned = log.filter(({ event }) => concerns(event.type, codec.encode(event)))
      expect([...collect(concerned).values()]).toEqual([...collect(log).values()])
      expect(concerned.length).toBeLessThanOrEqual(log.length)
    }
  )
})
