import { assert, describe, it } from "@effect/vitest"
import { httpSettings } from "../../test/servers/requests.ts"
import { chatml, renderPrompt, templateOf } from "./chatTemplate.ts"

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

describe("templateOf", () => {
  it("is ChatML unless the settings bring a template of their own", () => {
    const template = { system: "S:{content}\n", user: "U:{content}\n", assistant: "A:", turnEnd: "\n" }
    assert.strictEqual(templateOf(httpSettings("sglang")), chatml)
    const own = templateOf(httpSettings("completions", { template }))
    assert.strictEqual(renderPrompt(chat, { template: own, thinking: "default" }), "S:Be brief.\nU:Who?\nA:")
  })
})
