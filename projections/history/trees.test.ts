import { describe, expect, it } from "@effect/vitest"
import { eventsOf, trajectoryIdAt } from "../testing/story.ts"
import { foldHistory } from "./fold.ts"
import { emptyHistory } from "./history.ts"
import { ancestorsOf, questionsOf, treesOf } from "./trees.ts"

const deep = {
  id: "b",
  trajectories: [
    { rounds: [{}, {}], branches: [{ at: 2 }, { at: 1, rounds: [{}, {}], branches: [{ at: 2 }] }] },
    { rounds: [{}] }
  ]
}
const events = eventsOf({ questions: [deep, { id: "a", trajectories: [{}] }] })

describe("trees", () => {
  const [a, b] = questionsOf(foldHistory(emptyHistory(), events.toReversed()))

  it("come question by question, sample by sample, branch by branch, whatever the order of arrival", () => {
    expect([a?.question.id, b?.question.id]).toEqual(["a", "b"])
    const paths = b && treesOf(b).map((tree) => [tree.root?.sample, tree.branches.map(({ branch }) => branch)])
    expect(paths).toEqual([
      [0, [[1], [1, 2], [2]]],
      [1, []]
    ])
  })

  it("know the ancestors of a branch, parent first", () => {
    const branch = b?.trajectories.get(trajectoryIdAt("b", 0, [1, 2]))
    const ancestors = b && branch && ancestorsOf(b, branch)
    expect(ancestors?.map(({ branch: path }) => path)).toEqual([[1], []])
  })

  it("stand without a root when only branches were folded", () => {
    const [question] = questionsOf(
      foldHistory(
        emptyHistory(),
        events.filter((event) => event.type === "TrajectoryCompleted" && event.data.branch.length > 0)
      )
    )
    expect(question && treesOf(question).map(({ root, branches }) => [root, branches.length])).toEqual([[undefined, 3]])
  })
})
