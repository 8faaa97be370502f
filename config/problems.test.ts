import { assert, describe, it } from "@effect/vitest"
import { didYouMean } from "./problems.ts"

describe("didYouMean", () => {
  it.each([
    ["retreival", "retrieval"],
    ["maxoverlap", "maxOverlap"],
    ["temprature", "temperature"],
    ["kl", "k1"]
  ])("takes %s for %s", (written, meant) => {
    const known = ["retrieval", "maxOverlap", "temperature", "k1", "b"]
    assert.strictEqual(didYouMean(written, known), ` (did you mean "${meant}"?)`)
  })

  it("says nothing when nothing is close", () => {
    assert.strictEqual(didYouMean("colour", ["run", "questions", "policy"]), "")
    assert.strictEqual(didYouMean("colour", []), "")
  })

  it("offers the closest of several", () => {
    assert.strictEqual(didYouMean("floor", ["door", "flour"]), ' (did you mean "flour"?)')
  })
})
