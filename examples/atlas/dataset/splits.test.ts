import { assert, describe, it } from "@effect/vitest"
import { questionsOf, questionTypes, unseenTypes } from "../world/questions.ts"
import { trueWorld } from "../world/world.ts"
import { splitOf } from "./splits.ts"

describe("splitOf", () => {
  it("sends a kind of question about an entity always to the same split", () => {
    assert.strictEqual(splitOf(">capital", "Peru"), "test")
    assert.strictEqual(splitOf(">capital", "Chad"), "train")
  })

  it("divides what can be asked about as seventy to ten to twenty", () => {
    const world = trueWorld()
    const splits = questionTypes
      .filter(({ name }) => !unseenTypes.has(name))
      .flatMap((type) => questionsOf(world, type).map(({ entity }) => splitOf(type.name, entity)))
    const shareOf = (wanted: string) => splits.filter((split) => split === wanted).length / splits.length
    assert.closeTo(shareOf("train"), 0.7, 0.02)
    assert.closeTo(shareOf("dev"), 0.1, 0.02)
    assert.closeTo(shareOf("test"), 0.2, 0.02)
  })

  it("keeps the unseen kinds for the test", () => {
    for (const type of unseenTypes) assert.strictEqual(splitOf(type, "Peru"), "test")
  })
})
