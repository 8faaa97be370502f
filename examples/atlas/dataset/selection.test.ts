import { assert, describe, it } from "@effect/vitest"
import { questionsOf, questionTypes, unseenTypes } from "../world/questions.ts"
import { shuffledWorld, trueWorld } from "../world/world.ts"
import { counterpartsOf, inRotation, portions, selectionOf } from "./selection.ts"
import { splitOf } from "./splits.ts"

const truth = trueWorld()
const poolsOf = (world: typeof truth) => questionTypes.map((type) => questionsOf(world, type))
const pools = poolsOf(truth)
const splits = ["train", "dev", "test"] as const

describe("inRotation", () => {
  it("takes one of each, then a second of each, with what there is", () => {
    assert.deepStrictEqual(inRotation([["a1", "a2", "a3"], ["b1"], [], ["c1", "c2"]]), [
      "a1",
      "b1",
      "c1",
      "a2",
      "c2",
      "a3"
    ])
    assert.deepStrictEqual(inRotation([]), [])
  })
})

describe("selectionOf", () => {
  it("takes as many of each portion as it should, all of its split", () => {
    for (const split of splits) {
      const selection = selectionOf(pools, split, 7)
      for (const { count, hops, unseen } of portions[split]) {
        const those = selection.filter(
          (question) => question.hops.length === hops && unseenTypes.has(question.type) === unseen
        )
        assert.strictEqual(those.length, count)
      }
      for (const { entity, type } of selection) assert.strictEqual(splitOf(type, entity), split)
      assert.strictEqual(new Set(selection.map(({ id }) => id)).size, selection.length)
    }
  })

  it("spreads a portion over its kinds as evenly as they allow", () => {
    const selection = selectionOf(pools, "train", 7)
    const taken = (type: string) => selection.filter((question) => question.type === type).length
    const oneHop = questionTypes.filter(({ steps }) => steps.length === 1).map(({ name }) => taken(name))
    assert.isAtMost(Math.max(...oneHop) - Math.min(...oneHop), 1)
    const rare = pools
      .flat()
      .filter(({ entity, type }) => type === "language<>neighbour>capital" && splitOf(type, entity) === "train")
    assert.strictEqual(taken("language<>neighbour>capital"), rare.length)
  })

  it("is the same for the same seed, another for another, and mixed from the start", () => {
    assert.deepStrictEqual(selectionOf(pools, "dev", 7), selectionOf(pools, "dev", 7))
    assert.notDeepEqual(selectionOf(pools, "dev", 7), selectionOf(pools, "dev", 8))
    const beginning = selectionOf(pools, "test", 7).slice(0, 30)
    assert.sameMembers([...new Set(beginning.map(({ hops }) => hops.length))], [1, 2, 3])
  })
})

describe("counterpartsOf", () => {
  const test = selectionOf(pools, "test", 7)
  const otherPools = poolsOf(shuffledWorld(truth, 1))
  const counterparts = counterpartsOf(test, otherPools, "test", 7)

  it("asks the same wherever it can be asked in the other world", () => {
    const there = new Set(otherPools.flat().map(({ id }) => id))
    assert.strictEqual(counterparts.length, test.length)
    for (const [index, { id }] of test.entries()) {
      if (there.has(id)) assert.strictEqual(counterparts[index]?.id, id)
      else assert.notStrictEqual(counterparts[index]?.id, id)
    }
  })

  it("puts another question of the split and of as many steps in the place of each that is missing", () => {
    assert.strictEqual(new Set(counterparts.map(({ id }) => id)).size, test.length)
    for (const [index, { entity, hops, type }] of counterparts.entries()) {
      assert.strictEqual(hops.length, test[index]?.hops.length)
      assert.strictEqual(unseenTypes.has(type), unseenTypes.has(test[index]?.type ?? ""))
      assert.strictEqual(splitOf(type, entity), "test")
    }
  })

  it("has nothing for a question that nothing can stand in for", () => {
    assert.deepStrictEqual(counterpartsOf(test, [], "test", 7), [])
  })
})
