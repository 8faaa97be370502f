import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { foldHistory } from "../history/fold.ts"
import { emptyHistory } from "../history/history.ts"
import { eventsOf, paperScoring } from "../testing/story.ts"
import { dpoSettings } from "./dpo.ts"
import { rlSettings } from "./rl.ts"
import { configure } from "./settings.ts"
import { sftSettings } from "./sft.ts"

const runsOf = (events: ReadonlyArray<AnyEvent>) => foldHistory(emptyHistory(), events).runs.values()
const runs = () => runsOf(eventsOf({ questions: [] }))

describe("the settings of a dataset", () => {
  it("are the run's own, completed by the kind's defaults", () => {
    const config = Result.getOrThrow(configure(sftSettings, runs(), []))
    expect(config).toEqual({ ...paperScoring, includeBranches: false, minSearches: 0, highQualityOnly: true })
  })

  it("give way to assignments, the last one winning", () => {
    const set = ["novelty.maxOverlap=2", "thresholds.my-scorer=0.5", "includeBranches=true", "novelty.maxOverlap=0"]
    expect(Result.getOrThrow(configure(sftSettings, runs(), set))).toMatchObject({
      novelty: { maxOverlap: 0 },
      thresholds: { "my-scorer": 0.5 },
      includeBranches: true
    })
  })

  it("take a combination with blanks", () => {
    const config = Result.getOrThrow(configure(dpoSettings, runs(), ["combine = novelty and mine"]))
    expect(config.combine).toBe("novelty and mine")
  })

  it.each([
    [
      "novelty.maxOverlp=0",
      "unknown-setting",
      /no setting is called novelty\.maxOverlp; there are combine, f1\.threshold, groupSize, .*thresholds\.<scorer>$/
    ],
    ["novelty=0", "unknown-setting", /no setting is called novelty;/],
    ["groupSize=0", "invalid-value", /greater than 0/],
    ["groupSize=many", "invalid-value", /expected a number$/],
    ["novelty.maxOverlap=", "invalid-value", /expected a number$/],
    ["groupSize", "malformed", /expected key=value/]
  ])("refuse --set %s", (assignment, reason, message) => {
    const failure = Result.getOrThrow(Result.flip(configure(rlSettings, runs(), [assignment])))
    expect(failure.reason).toBe(reason)
    expect(failure.message).toMatch(message)
    expect(failure.message).toContain(`--set ${assignment}: `)
  })

  it("must have a combination that can be read, whether recorded or assigned", () => {
    const message = /^combine "novelty und mine", character 9: .*; another one can be had with --set combine=…$/
    const assigned = Result.getOrThrow(Result.flip(configure(sftSettings, runs(), ["combine=novelty und mine"])))
    expect(assigned.message).toMatch(message)
    const recorded = () =>
      runsOf(eventsOf({ scoring: { ...paperScoring, combine: "novelty und mine" }, questions: [] }))
    expect(Result.getOrThrow(Result.flip(configure(sftSettings, recorded(), []))).message).toMatch(message)
    const config = Result.getOrThrow(configure(sftSettings, recorded(), ["minSearches=1", "combine=novelty"]))
    expect(config).toMatchObject({ combine: "novelty", minSearches: 1 })
  })

  it("name the choices of a setting that has few", () => {
    const failure = Result.getOrThrow(Result.flip(configure(dpoSettings, runs(), ["pairing=random"])))
    expect(failure.message).toMatch(/"reference" \| "paper"/)
  })

  it("must be the same in every run, or be assigned", () => {
    const strict = { ...paperScoring, novelty: { maxOverlap: 0 } }
    const both = () =>
      runsOf([...eventsOf({ questions: [] }), ...eventsOf({ run: "strict", scoring: strict, questions: [] })])
    const failure = Result.getOrThrow(Result.flip(configure(sftSettings, both(), [])))
    expect(failure.reason).toBe("runs-disagree")
    expect(failure.message).toMatch(/runs run and strict differ in novelty\.maxOverlap: set it with --set/)
    expect(Result.isSuccess(configure(sftSettings, both(), ["novelty.maxOverlap=1"]))).toBe(true)
  })

  it("can't be had without a run", () => {
    const failure = Result.getOrThrow(Result.flip(configure(sftSettings, [], [])))
    expect(failure.reason).toBe("no-run")
  })
})
