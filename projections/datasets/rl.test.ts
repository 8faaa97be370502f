import { describe, expect, it } from "@effect/vitest"
import { built } from "../testing/build.ts"
import { eventsOf, type TrajectoryStory, trajectoryIdAt } from "../testing/story.ts"
import { rl } from "./rl.ts"

const told = (...trajectories: ReadonlyArray<TrajectoryStory>) => eventsOf({ questions: [{ id: "q", trajectories }] })
const at = (sample: number, ...branch: ReadonlyArray<number>) => trajectoryIdAt("q", sample, branch)

const tree: TrajectoryStory = {
  answer: "silver",
  rounds: [{ usefulness: 0 }, { usefulness: 0 }],
  branches: [{ at: 1, rounds: [{}] }, { at: 2 }]
}
const members = (trajectories: ReadonlyArray<TrajectoryStory>, ...set: ReadonlyArray<string>) =>
  built(rl, told(...trajectories), set).rows.map(({ rollouts }) => rollouts.map(({ trajectoryId }) => trajectoryId))

describe("the groups for reinforcement learning", () => {
  it("fill up to N with trees, each cut to T branches, again from the beginning when they are too few", () => {
    expect(members([tree, {}], "groupSize=5", "maxBranches=1")).toEqual([[at(0), at(0, 1), at(1), at(0), at(0, 1)]])
    expect(members([tree, {}], "groupSize=2")).toEqual([[at(0), at(0, 1)]])
    expect(members([tree, {}], "groupSize=3", "maxBranches=0")).toEqual([[at(0), at(1), at(0)]])
  })

  it("carry rewards, and advantages that are centred in the group", () => {
    const [group] = built(rl, told(tree, {}), ["groupSize=4"]).rows
    expect(group?.rollouts.map(({ reward }) => reward)).toEqual([0.1, 1.1, 1, 1.1])
    const advantages = group?.rollouts.map(({ advantage }) => advantage) ?? []
    expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0)
    expect(advantages[1]).toBeCloseTo(0.566, 3)
  })

  it("follow another reward", () => {
    const [group] = built(rl, told(tree), ["groupSize=3", "reward.penalty=0", "reward.format=0"]).rows
    expect(group?.rollouts.map(({ reward }) => reward)).toEqual([0, 1, 1])
  })

  it("carry what the policy's server told about its tokens, and the results out of the loss", () => {
    const [group] = built(rl, told({ tokens: true }), ["groupSize=1"]).rows
    const [rollout] = group?.rollouts ?? []
    const [turn] = rollout?.turns ?? []
    expect(turn?.tokenIds?.length).toBe((turn?.end ?? 0) - (turn?.start ?? 0))
    expect(turn?.logProbs?.[0]).toBe(-1)
    expect(rollout?.loss.map(({ start, end }) => rollout.text.slice(start, end)).join("")).not.toContain("<result>")
  })

  it("leave out trajectories of unknown quality, and trees that begin with one", () => {
    const unknown = { usefulness: "none" } as const
    expect(members([{ rounds: [unknown], branches: [{ at: 1 }] }, {}], "groupSize=2")).toEqual([[at(1), at(1)]])
    expect(members([{ rounds: [unknown] }])).toEqual([])
  })

  it("explain who is in and who is not", () => {
    const { decisions } = built(rl, told(tree, { rounds: [{ usefulness: "unparsed" }], branches: [{ at: 1 }] }, {}), [
      "groupSize=3",
      "maxBranches=1"
    ])
    expect(decisions.map(({ reasons }) => reasons[0])).toEqual([
      "reward 0.1, 1 of the 3 rollouts of its group",
      "reward 1.1, 1 of the 3 rollouts of its group",
      "its tree gives the first 1 branches at most, and the group ends at 3 rollouts",
      "round 1: the score of usefulness could not be read",
      `its initial trajectory ${at(1)} has no known quality`,
      "reward 1.1, 1 of the 3 rollouts of its group"
    ])
    const full = built(rl, told(tree, {}), ["groupSize=3"]).decisions
    expect(full.at(-1)?.reasons).toEqual(["earlier samples had filled the group of 3 rollouts"])
  })
})
