import { describe, expect, it } from "@effect/vitest"
import { built } from "../testing/build.ts"
import { eventsOf, trajectoryIdAt } from "../testing/story.ts"
import { explain } from "./decisions.ts"
import { sft } from "./sft.ts"

const events = eventsOf({
  questions: [
    { id: "q", trajectories: [{ rounds: [{ usefulness: 0 }], branches: [{ at: 1 }] }, { failed: "refused" }] },
    { id: "p", trajectories: [{}] }
  ]
})
const branch = trajectoryIdAt("q", 0, [1])
const explained = (trajectoryId: string, told = events) => {
  const { state, config } = built(sft, told)
  return explain(sft, state, config, trajectoryId)
}

describe("explaining a trajectory", () => {
  it("says that it is in, and in which rows", () => {
    const id = trajectoryIdAt("p", 0)
    expect(explained(id)).toMatchObject({ included: true, rowIds: [`sft-${id}`], key: { questionId: "p" } })
  })

  it("says why it is not", () => {
    expect(explained(trajectoryIdAt("q", 0))?.reasons).toEqual(["round 1: usefulness 0: usefulness says 0"])
    expect(explained(trajectoryIdAt("q", 1))?.reasons).toEqual(["the trajectory failed: refused: the server said no"])
  })

  it("knows branches that were asked for and never came", () => {
    const cut = events.filter((event) => event.type !== "TrajectoryCompleted" || event.data.trajectoryId !== branch)
    expect(explained(branch, cut)).toMatchObject({ included: false, key: { sample: 0, branch: [1] } })
    expect(explained(branch, cut)?.reasons[0]).toMatch(
      /^not completed in this part of the log: refinement [0-9a-f]{32} /
    )
  })

  it("knows nothing of others", () => {
    expect(explained("t-nobody")).toBeUndefined()
  })

  it("lists decisions in canonical order", () => {
    expect(
      built(sft, events.toReversed()).decisions.map(({ key }) => [key.questionId, key.sample, key.branch])
    ).toEqual([
      ["p", 0, []],
      ["q", 0, []],
      ["q", 0, [1]],
      ["q", 1, []]
    ])
  })
})
