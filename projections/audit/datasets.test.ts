import { describe, expect, it } from "@effect/vitest"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import { overridden, paperScoring, trajectoryIdAt } from "../testing/story.ts"
import { auditTrajectory } from "./audit.ts"
import { continued, fullLog } from "./testing/fullLog.ts"

const log = fullLog({
  questions: [{ id: "q", trajectories: [{ rounds: [{}, { usefulness: 0 }], branches: [{ at: 2 }] }] }]
})
const root = trajectoryIdAt("q", 0)

const built = (changes: Partial<DataOf<"DatasetBuilt">>): AnyEvent =>
  makeEvent(
    {
      type: "DatasetBuilt",
      subject: "run/sft",
      data: {
        kind: "sft",
        format: "alpaca",
        projection: { name: "sft", version: 1 },
        config: { ...paperScoring, includeBranches: false, minSearches: 0, highQualityOnly: true },
        configHash: "hash",
        firstSequence: 1,
        lastSequence: log.length,
        rows: 0,
        files: [],
        location: "out/sft",
        ...changes
      }
    },
    {
      source: "/actors/command-datasets/1",
      runid: "run",
      correlationid: "run",
      causationid: JSON.stringify(changes),
      ordinal: 0,
      time: "2026-01-01T00:00:00Z"
    }
  )

const verdict = (more: ReadonlyArray<AnyEvent>, kind = "sft") =>
  auditTrajectory(continued(log, more), root).datasets.find(({ dataset }) => dataset === kind)

const plain = { ...paperScoring, includeBranches: false, minSearches: 0, highQualityOnly: false }

describe("where a trajectory was used", () => {
  it("is decided by the run's own rules while nothing was built", () => {
    const verdicts = auditTrajectory(log, root).datasets
    expect(verdicts.map(({ dataset, included }) => [dataset, included])).toEqual([
      ["sft", false],
      ["dpo", false],
      ["rl", true]
    ])
    expect(verdicts[0]?.reasons).toEqual(["round 2: usefulness 0: usefulness says 0"])
    expect(verdicts[2]?.rowIds).toHaveLength(1)
  })

  it("is decided as the newest dataset of its kind was built", () => {
    expect(verdict([built({ config: plain })])).toMatchObject({
      included: true,
      rowIds: [`sft-${root}`],
      built: { sequence: log.length + 1, location: "out/sft" }
    })
    expect(verdict([built({ config: plain }), built({ location: "out/again" })])).toMatchObject({
      included: false,
      built: { location: "out/again" }
    })
    expect(verdict([built({ config: plain })], "dpo")).not.toHaveProperty("built")
  })

  it("looks no further than the dataset did", () => {
    const corrected = overridden({ question: "q", round: 2, scorer: "usefulness", score: 1 })
    expect(verdict([corrected])?.included).toBe(true)
    expect(verdict([corrected, built({})])?.included).toBe(false)
    expect(verdict([corrected, built({ lastSequence: log.length + 1 })])?.included).toBe(true)
  })

  it("can't be told for settings that this release can't read", () =>
    expect(verdict([built({ config: { combine: 1 } })])?.reasons[0]).toMatch(
      /^the settings it was built with can't be read: /
    ))

  it("is nowhere before the trajectory has ended", () => {
    const ended = log.findIndex(({ event }) => event.type === "TrajectoryCompleted")
    expect(auditTrajectory(log.slice(0, ended), root).datasets.map(({ reasons }) => reasons)).toEqual([
      ["it has not ended"],
      ["it has not ended"],
      ["it has not ended"]
    ])
  })
})
