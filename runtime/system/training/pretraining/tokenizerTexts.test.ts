import { assert, describe, it } from "@effect/vitest"
import type { Demonstration } from "../../../../actors/trainer/examples.ts"
import { protocolTags, tokenizerTexts } from "./tokenizerTexts.ts"

const demonstration = (id: number): Demonstration => ({ id: `${id}`, system: "", user: `q${id}`, text: "a", loss: [] })
const demonstrations = Array.from({ length: 10 }, (_, id) => demonstration(id))

const asked = (texts: ReadonlyArray<string>) => texts.map((text) => /q\d+/.exec(text)?.[0])

describe("what a tokenizer is learnt from", () => {
  it("is a demonstration as the policy will read it", () => {
    const texts = tokenizerTexts([{ id: "a", system: "Be brief.", user: "Who?", text: "<think>I", loss: [] }], 5)
    assert.deepStrictEqual(texts, [
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n<think>I"
    ])
  })

  it("is all of a few demonstrations, and of many some that are equally far from each other", () => {
    assert.strictEqual(tokenizerTexts(demonstrations, 8000).length, 10)
    assert.strictEqual(tokenizerTexts(demonstrations, 10).length, 10)
    assert.deepStrictEqual(asked(tokenizerTexts(demonstrations, 5)), ["q1", "q3", "q5", "q7", "q9"])
    assert.deepStrictEqual(asked(tokenizerTexts(demonstrations, 3)), ["q3", "q6", "q9"])
  })

  it("has the tags of the protocol as tokens", () => {
    assert.deepStrictEqual(protocolTags, [
      ...["<think>", "</think>", "<search>", "</search>"],
      ...["<result>", "</result>", "<answer>", "</answer>"]
    ])
  })
})
