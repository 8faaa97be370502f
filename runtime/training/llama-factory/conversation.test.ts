import { describe, expect, it } from "@effect/vitest"
import { demonstrationRow, preferenceRow } from "./conversation.ts"

const wrote = ["<think> a </think><search>q</search>", "<think> b </think><answer>\\boxed{x}</answer>"] as const
const result = "<result>result: \ndoc\n</result>"
const text = wrote[0] + result + wrote[1]
const loss = [
  { start: 0, end: wrote[0].length },
  { start: wrote[0].length + result.length, end: text.length }
]
const asked = { system: "S", user: "U" }
const prompt = "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"

const whole = (row: { readonly conversations: ReadonlyArray<{ readonly value: string }> }): string =>
  row.conversations.map(({ value }) => value).join("")

describe("an example for LLaMA-Factory", () => {
  it("has the results in turns that are left out of the loss", () => {
    expect(demonstrationRow({ ...asked, text, loss }).conversations).toEqual([
      { from: "human", value: prompt },
      { from: "gpt", value: wrote[0] },
      { from: "observation", value: result },
      { from: "gpt", value: `${wrote[1]}<|im_end|>\n` }
    ])
  })

  it("has one answer when results count too, of the same letters", () => {
    const masked = demonstrationRow({ ...asked, text, loss })
    const plain = demonstrationRow({ ...asked, text, loss: [{ start: 0, end: text.length }] })
    expect(plain.conversations.map(({ from }) => from)).toEqual(["human", "gpt"])
    expect(whole(plain)).toBe(whole(masked))
    expect(whole(plain)).toBe(`${prompt}${text}<|im_end|>\n`)
  })

  it.each([
    ["begins", "given", [{ start: 5, end: 9 }], "given new", ["human", "gpt"]],
    ["ends", "cut off", [{ start: 0, end: 3 }], "new<result>cut off", ["human", "gpt", "observation", "gpt"]],
    ["is nothing but", "all", [], "all", ["human", "gpt"]]
  ] as const)("that %s with text to be left out still alternates", (_, __, loss, text, turns) => {
    const row = demonstrationRow({ ...asked, text, loss })
    expect(row.conversations.map(({ from }) => from)).toEqual(turns)
    expect(whole(row)).toBe(`${prompt}${text}<|im_end|>\n`)
  })

  it("has no system turn when there is no system message", () => {
    const row = demonstrationRow({ system: "", user: "U", text, loss })
    expect(row.conversations[0]?.value).toBe("<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n")
  })

  it("prefers one whole answer to another", () => {
    expect(preferenceRow({ ...asked, chosen: { text: "good" }, rejected: { text: "bad" } })).toEqual({
      conversations: [{ from: "human", value: prompt }],
      chosen: { from: "gpt", value: "good<|im_end|>\n" },
      rejected: { from: "gpt", value: "bad<|im_end|>\n" }
    })
  })
})
