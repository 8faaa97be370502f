import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { composeGroup, groupAdvantages, type Tree } from "./group.ts"

const tree = (initial: string, ...branches: ReadonlyArray<string>): Tree<string> => ({ initial, branches })

describe("composeGroup", () => {
  it.each<[behaviour: string, trees: ReadonlyArray<Tree<string>>, n: number, maxBranches: number, group: string]>([
    ["is empty without trees", [], 8, 2, ""],
    [
      "puts a tree's branches after its initial trajectory",
      [tree("a", "a1", "a2"), tree("b", "b1")],
      5,
      2,
      "a a1 a2 b b1"
    ],
    ["keeps at most T branches a tree", [tree("a", "a1", "a2", "a3"), tree("b", "b1")], 4, 1, "a a1 b b1"],
    ["keeps no branches when T is 0", [tree("a", "a1"), tree("b", "b1")], 2, 0, "a b"],
    ["cuts the last tree where the group is full", [tree("a", "a1", "a2"), tree("b", "b1")], 2, 2, "a a1"],
    ["repeats the trees until the group is full", [tree("a", "a1"), tree("b")], 8, 2, "a a1 b a a1 b a a1"],
    ["repeats a lone trajectory", [tree("a")], 3, 2, "a a a"],
    ["is empty when none is wanted", [tree("a")], 0, 2, ""]
  ])("%s", (_, trees, n, maxBranches, group) => {
    expect(composeGroup(trees, n, maxBranches).join(" ")).toBe(group)
  })
})

describe("groupAdvantages", () => {
  it.each<[behaviour: string, rewards: ReadonlyArray<number>, advantages: ReadonlyArray<number>]>([
    ["of two are half a root apart from zero", [1, 0], [Math.SQRT1_2, -Math.SQRT1_2]],
    ["use the sample standard deviation", [1, 2, 3], [-1, 0, 1]],
    ["of one are zero", [0.7], [0]],
    ["of none are none", [], []],
    ["of equal rewards are exactly zero, whatever their sum rounds to", [0.1, 0.1, 0.1], [0, 0, 0]],
    ["single out the one that differs", [1.1, 0.1, 0.1, 0.1], [1.5, -0.5, -0.5, -0.5]]
  ])("%s", (_, rewards, advantages) => {
    expect(groupAdvantages(rewards)).toEqual(advantages.map((advantage) => expect.closeTo(advantage, 12)))
  })

  const Rewards = Schema.Array(Schema.Literals([0, 0.1, 0.3, 0.8, 1, 1.1])).check(Schema.isMinLength(2))

  it.prop("sum up to zero and keep the order of the rewards", [Rewards], ([rewards]) => {
    const advantages = groupAdvantages(rewards)
    expect(advantages.reduce((total, advantage) => total + advantage, 0)).toBeCloseTo(0, 9)
    const ranks = (numbers: ReadonlyArray<number>) => numbers.map((a) => numbers.filter((b) => b < a).length)
    expect(ranks(advantages)).toEqual(ranks(rewards))
  })
})
