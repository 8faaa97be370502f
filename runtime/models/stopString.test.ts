import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { restoreStop } from "./stopString.ts"

const end = { prefix: "<think>", stop: ["</search>", "</answer>"] }

describe("a server that tells what matched", () => {
  it("has its stop string put back", () => {
    const text = "why</think>\n<search>who"
    assert.strictEqual(restoreStop({ ...end, text, matched: "</search>" }), `${text}</search>`)
  })

  it("is believed when it says the text ended, even inside an open tag", () => {
    const text = "why</think>\n<search>who"
    assert.strictEqual(restoreStop({ ...end, text, matched: null }), text)
    assert.strictEqual(restoreStop({ ...end, text, matched: 151645 }), text)
  })

  it("may have matched a string we did not ask for, which is no part of the text", () => {
    assert.strictEqual(restoreStop({ ...end, text: "done", matched: "<|im_end|>" }), "done")
  })

  it("may have kept the stop string", () => {
    const text = "<search>who</search>"
    assert.strictEqual(restoreStop({ ...end, text, matched: "</search>" }), text)
    assert.strictEqual(restoreStop({ ...end, text, matched: undefined }), text)
  })

  it.prop("loses nothing of the text", { text: Schema.String }, ({ text }) => {
    const restored = restoreStop({ ...end, text, matched: "</search>" })
    return restored.startsWith(text) && (restored === text || restored === `${text}</search>`)
  })
})

describe("a server that does not tell what matched", () => {
  const inferred = (text: string, prefix = end.prefix) => restoreStop({ ...end, text, prefix, matched: undefined })

  it("matched the closing tag of the tag left open", () => {
    assert.strictEqual(inferred("</think>\n<search>who"), "</think>\n<search>who</search>")
    assert.strictEqual(inferred("</think>\n<answer>he"), "</think>\n<answer>he</answer>")
  })

  it("matched the closing tag of a tag the turn before had opened", () => {
    assert.strictEqual(inferred("who", "<think>a</think>\n<search>"), "who</search>")
  })

  it("came to the end when every tag is closed", () => {
    const text = "</think>\n<answer>he</answer> Done."
    assert.strictEqual(inferred(text, "<search>who</search><think>"), text)
  })

  it("matched the closing tag of the tag opened last", () => {
    assert.strictEqual(inferred("<search>a <answer>b"), "<search>a <answer>b</answer>")
  })

  it("cannot be asked about stop strings that close nothing", () => {
    assert.strictEqual(restoreStop({ text: "a", prefix: "", stop: ["\n\n", "END"], matched: undefined }), "a")
  })
})
