import { assert, describe, it } from "@effect/vitest"
import { chatml, renderPrompt } from "./chatTemplate.ts"

const chat = { system: "Be brief.", user: "Who?", assistant: "" }

describe("renderPrompt", () => {
  it("writes ChatML and leaves the assistant's turn open", () => {
    assert.strictEqual(
      renderPrompt(chat, { template: chatml, thinking: "default" }),
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"
    )
  })

  it("ends with the turn so far, so that the model writes on in it", () => {
    const prompt = renderPrompt(
      { ...chat, assistant: "<think>a</think>\n<search>" },
      { template: chatml, thinking: "default" }
    )
    assert.isTrue(prompt.endsWith("<|im_start|>assistant\n<think>a</think>\n<search>"))
  })

  it("switches thinking off with an empty reasoning block before the turn so far", () => {
    const prompt = renderPrompt({ ...chat, assistant: "Score:" }, { template: chatml, thinking: "off" })
    assert.isTrue(prompt.endsWith("<|im_start|>assistant\n<think>\n\n</think>\n\nScore:"))
  })

  it("leaves out an empty system turn", () => {
    const prompt = renderPrompt({ ...chat, system: "" }, { template: chatml, thinking: "default" })
    assert.isTrue(prompt.startsWith("<|im_start|>user\n"))
  })

  it("copies content literally, patterns of String.replace included", () => {
    const user = "costs $& or $1, {content} too"
    assert.include(
      renderPrompt({ ...chat, user }, { template: chatml, thinking: "default" }),
      `user\n${user}<|im_end|>`
    )
  })
})
