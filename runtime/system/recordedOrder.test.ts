import { assert, describe, it } from "@effect/vitest"
import { recordedOrder } from "./recordedOrder.ts"

describe("how a run asks for its student dataset", () => {
  it("is what its configuration says", () => {
    const config = { datasets: { student: { prompt: "brief", task: "score", formats: ["jsonl"] } } }
    assert.deepStrictEqual(recordedOrder(config, "student"), {
      set: ["task=score", "prompt=brief"],
      formats: ["jsonl"]
    })
  })

  it("is with the recorded prompts where its configuration is older than the choice", () => {
    const config = { datasets: { student: { task: "both" } } }
    assert.deepStrictEqual(recordedOrder(config, "student").set, ["task=both", "prompt=recorded"])
  })
})
