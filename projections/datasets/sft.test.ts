import { describe, expect, it } from "@effect/vitest"
import type { AnyEvent } from "../../events/envelope.ts"
import { built } from "../testing/build.ts"
import { eventsOf, overridden, type TrajectoryStory, trajectoryIdAt } from "../testing/story.ts"
import { sft } from "./sft.ts"

const told = (...trajectories: ReadonlyArray<TrajectoryStory>) => eventsOf({ questions: [{ id: "q", trajectories }] })

const rowIds = (events: ReadonlyArray<AnyEvent>, set: ReadonlyArray<string> = []) =>
  built(sft, events, set).rows.map(({ id }) => id)

const reasonsFor = (trajectory: TrajectoryStory, set: ReadonlyArray<string> = []) =>
  built(sft, told(trajectory), set).decisions[0]?.reasons

const id = (sample: number, ...branch: ReadonlyArray<number>) => `sft-${trajectoryIdAt("q", sample, branch)}`

describe("the imitation dataset", () => {
  it("takes trajectories with the right format, a correct answer and queries of high quality only", () => {
    const events = told(
      { rounds: [{}, { overlap: 1 }] },
      { answer: "silver" },
      { rounds: [{ usefulness: 0 }] },
      { broken: true }
    )
    expect(rowIds(events)).toEqual([id(0)])
  })

  it("shows the policy's prompt and the whole transcript, with the results out of the loss", () => {
    const [row] = built(sft, told({ rounds: [{ query: "first" }] })).rows
    expect(row?.prompt).toEqual({ system: "Search before you answer.", user: "What is q?" })
    const text = row?.target.text ?? ""
    const learned = row?.target.loss.map(({ start, end }) => text.slice(start, end)) ?? []
    expect(learned.join("")).toContain("<search> first </search>")
    expect(learned.join("")).toContain("\\boxed{gold}")
    expect(learned.join("")).not.toContain("result")
  })

  it("names the completion and every score that counted", () => {
    const correction = overridden({ question: "q", round: 1, scorer: "usefulness", score: 1 })
    const events = [...told({ rounds: [{ usefulness: 0 }] }), correction]
    const [row] = built(sft, events).rows
    const types = row?.lineage.events.map((event) => events.find(({ id }) => id === event)?.type)
    expect(types).toEqual(["TrajectoryCompleted", "QueryScored", "QueryScored", "ScoreOverridden"])
    expect(row?.lineage.trajectories).toEqual([trajectoryIdAt("q", 0)])
    expect(row?.lineage.queries).toEqual([`${trajectoryIdAt("q", 0)}:1`])
  })

  it("leaves branches out unless they are asked for", () => {
    const events = told({ rounds: [{ usefulness: 0 }], branches: [{ at: 1 }] })
    expect(rowIds(events)).toEqual([])
    expect(rowIds(events, ["includeBranches=true"])).toEqual([id(0, 1)])
  })

  it("follows other settings without a new score", () => {
    const events = told({ rounds: [{ overlap: 1 }] }, { rounds: [{}], answer: "gold found here" }, {})
    expect(rowIds(events)).toEqual([id(0), id(2)])
    expect(rowIds(events, ["novelty.maxOverlap=0"])).toEqual([id(2)])
    expect(rowIds(events, ["f1.threshold=0.5"])).toEqual([id(0), id(1), id(2)])
    expect(rowIds(events, ["combine=novelty and usefulness and mine"])).toEqual([])
    expect(rowIds(events, ["minSearches=2"])).toEqual([])
  })

  it("asks for no quality at all as plain rejection sampling", () => {
    const events = told({ rounds: [{ usefulness: 0 }, { usefulness: "none" }] }, { answer: "silver" })
    expect(rowIds(events, ["highQualityOnly=false"])).toEqual([id(0)])
  })

  it.each<[string, TrajectoryStory, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ["a good one", { rounds: [{}, {}] }, [], ["format right, F1 1.00, 2 of 2 queries of high quality"]],
    ["a wrong answer", { answer: "gold and silver and bronze" }, [], ["F1 0.33 < 0.8"]],
    [
      "no answer",
      { answer: undefined },
      [],
      ["format: expected exactly one <answer> and one </answer>, found 0 and 0", "F1 0.00 < 0.8"]
    ],
    ["a useless query", { rounds: [{}, { usefulness: 0 }] }, [], ["round 2: usefulness 0: usefulness says 0"]],
    [
      "a repeated query",
      { rounds: [{ overlap: 3 }] },
      [],
      ["round 1: novelty: 3 documents of earlier rounds retrieved again, 1 allowed"]
    ],
    [
      "an unreadable judgement",
      { rounds: [{ usefulness: "unparsed" }] },
      [],
      ["round 1: the score of usefulness could not be read"]
    ],
    ["a missing score", {}, ["combine=usefulness and mine"], ["round 1 has no score of mine"]],
    [
      "a threshold",
      { rounds: [{ usefulness: 0.5 }] },
      ["thresholds.usefulness=0.6"],
      ["round 1: usefulness 0.5, threshold 0.6: usefulness says 0.5"]
    ],
    [
      "a scorer that speaks against",
      { rounds: [{ others: { vague: 1 } }] },
      ["combine=usefulness and not vague"],
      ["round 1: vague 1: vague says 1"]
    ],
    ["few searches", {}, ["minSearches=2"], ["1 searches < 2"]],
    ["a failure", { failed: "refused" }, [], ["the trajectory failed: refused: the server said no"]]
  ])("explains %s", (_, trajectory, set, reasons) => {
    expect(reasonsFor(trajectory, set)).toEqual(reasons)
  })
})
