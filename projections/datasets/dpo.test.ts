import { describe, expect, it } from "@effect/vitest"
import { built } from "../testing/build.ts"
import { eventsOf, type RoundStory, type TrajectoryStory, trajectoryIdAt } from "../testing/story.ts"
import { dpo } from "./dpo.ts"

const told = (...trajectories: ReadonlyArray<TrajectoryStory>) => eventsOf({ questions: [{ id: "q", trajectories }] })
const at = (sample: number, ...branch: ReadonlyArray<number>) => trajectoryIdAt("q", sample, branch)
const low: RoundStory = { usefulness: 0 }
const wrong = { answer: "silver" }

const pairs = (trajectories: ReadonlyArray<TrajectoryStory>, set: ReadonlyArray<string> = []) =>
  built(dpo, told(...trajectories), set).rows.map(({ id, rule }) => [id, rule])

const pair = (chosen: string, rejected: string, rule = "outcome") => [`dpo-${chosen}-${rejected}`, rule]

describe("the preference dataset", () => {
  it("rejects the incorrect branch with the fewest good queries for a correct initial one, the first on a tie", () => {
    const initial: TrajectoryStory = {
      rounds: [low, low, low],
      branches: [
        { at: 3, ...wrong, rounds: [{}] },
        { at: 1, ...wrong, rounds: [low, low] },
        { at: 2, ...wrong, rounds: [low] }
      ]
    }
    expect(pairs([initial])).toEqual([pair(at(0), at(0, 1))])
  })

  it("chooses the correct branch with the fewest bad queries for an incorrect initial one, the first on a tie", () => {
    const initial: TrajectoryStory = {
      ...wrong,
      rounds: [low, low],
      branches: [{ at: 2 }, { at: 1, rounds: [{}, low] }]
    }
    const other: TrajectoryStory = { rounds: [low], branches: [{ at: 1, answer: "silver" }] }
    expect(pairs([initial])).toEqual([pair(at(0, 1), at(0))])
    expect(pairs([initial, other])).toEqual([pair(at(0, 1), at(0)), pair(at(1), at(1, 1))])
  })

  it("makes no pair of equal outcomes by the reference's rule, but does by the paper's", () => {
    const initial: TrajectoryStory = { rounds: [low, {}], branches: [{ at: 1, rounds: [{}, {}] }] }
    expect(pairs([initial])).toEqual([])
    expect(pairs([initial], ["pairing=paper"])).toEqual([pair(at(0, 1), at(0), "fewer-low-quality")])
    const incorrect: TrajectoryStory = {
      ...wrong,
      rounds: [low, low],
      branches: [{ at: 1, ...wrong, rounds: [{}, {}] }]
    }
    expect(pairs([incorrect], ["pairing=paper"])).toEqual([pair(at(0, 1), at(0), "more-high-quality")])
  })

  it("shows both transcripts under one prompt, with both lineages", () => {
    const [row] = built(dpo, told({ ...wrong, rounds: [low], branches: [{ at: 1 }] })).rows
    expect(row?.prompt.user).toBe("What is q?")
    expect([row?.chosen.text.includes("boxed{gold}"), row?.rejected.text.includes("boxed{silver}")]).toEqual([
      true,
      true
    ])
    expect(row?.lineage.trajectories).toEqual([at(0, 1), at(0)])
  })

  it("keeps trajectories with a query of unknown quality out", () => {
    const initial: TrajectoryStory = {
      ...wrong,
      rounds: [low],
      branches: [{ at: 1, rounds: [{ usefulness: "unparsed" }] }]
    }
    expect(pairs([initial])).toEqual([])
    expect(built(dpo, told(initial)).decisions.map(({ reasons }) => reasons)).toEqual([
      ["incorrect (F1 0.00; queries: 0 high, 1 low): its question has no branch of known quality to be paired with"],
      ["round 1: the score of usefulness could not be read"]
    ])
  })

  it("follows a stricter F1: what was correct becomes incorrect", () => {
    const initial: TrajectoryStory = { rounds: [low], branches: [{ at: 1, answer: "gold bar" }] }
    expect(pairs([initial], ["f1.threshold=0.5"])).toEqual([])
    expect(pairs([initial], ["f1.threshold=1"])).toEqual([pair(at(0), at(0, 1))])
  })

  it("explains both sides of a pair, and who stayed alone", () => {
    const initial: TrajectoryStory = {
      ...wrong,
      rounds: [low, low],
      branches: [{ at: 1 }, { at: 2 }]
    }
    const { decisions } = built(dpo, told(initial, { ...wrong, rounds: [{}] }))
    expect(decisions.map(({ included, reasons }) => [included, reasons])).toEqual([
      [true, [`rejected in favour of ${at(0, 1)} (outcome)`]],
      [true, [`chosen over ${at(0)} (outcome)`, `chosen over ${at(1)} (outcome)`]],
      [
        false,
        ["correct (F1 1.00; queries: 1 high, 1 low): no pair took it, since other branches come first in their order"]
      ],
      [true, [`rejected in favour of ${at(0, 1)} (outcome)`]]
    ])
    const alone = built(dpo, told({ rounds: [low], branches: [{ at: 1 }] })).decisions
    expect(alone[0]?.reasons[0]).toMatch(/^correct \(F1 1\.00; .*\): its question has no incorrect branch to reject$/)
  })

  describe("of samples alone", () => {
    const samples = ["pairing=samples"]
    const good: TrajectoryStory = { rounds: [{}] }
    const reasonsOf = (...trajectories: ReadonlyArray<TrajectoryStory>) =>
      built(dpo, told(...trajectories), samples).decisions.map(({ included, reasons }) => [included, ...reasons])

    it("prefers the best sample of a question to its worst, and leaves branches out", () => {
      const wrongest: TrajectoryStory = { ...wrong, rounds: [low], branches: [{ at: 1 }] }
      expect(pairs([{ rounds: [low] }, wrongest, good], samples)).toEqual([pair(at(2), at(1))])
      expect(pairs([{ rounds: [low] }, good], samples)).toEqual([pair(at(1), at(0), "fewer-low-quality")])
      expect(pairs([wrongest], samples)).toEqual([])
    })

    it("makes no pair with a sample of unknown quality", () => {
      expect(pairs([good, { ...wrong, rounds: [{ usefulness: "none" }] }], samples)).toEqual([])
    })

    it("explains both sides of the pair, and why others stayed alone", () => {
      const wrongest: TrajectoryStory = { ...wrong, rounds: [low], branches: [{ at: 1 }] }
      expect(reasonsOf({ rounds: [{}, low] }, wrongest, good)).toEqual([
        [false, "correct (F1 1.00; queries: 1 high, 1 low): another sample is better or worse, or all are alike"],
        [true, `rejected in favour of ${at(2)} (outcome)`],
        [false, "correct (F1 1.00; queries: 1 high, 0 low): a branch, and only initial trajectories are paired"],
        [true, `chosen over ${at(1)} (outcome)`]
      ])
      const alike = [
        false,
        "correct (F1 1.00; queries: 1 high, 0 low): another sample is better or worse, or all are alike"
      ]
      expect(reasonsOf(good, good)).toEqual([alike, alike])
      expect(reasonsOf(good, { ...wrong, rounds: [{ usefulness: "unparsed" }] })).toEqual([
        [
          false,
          "correct (F1 1.00; queries: 1 high, 0 low): its question has no other sample of known quality to be paired with"
        ],
        [false, "round 1: the score of usefulness could not be read"]
      ])
    })
  })
})
