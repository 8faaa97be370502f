import { describe, expect, it } from "vitest"
import { agentSystemPrompt } from "../config/prompts/agentSystem.ts"
import { judgePrompt } from "../config/prompts/judge.ts"
import { refinerPrompt } from "../config/prompts/refiner.ts"
import { fill } from "./promptTemplate.ts"

describe("fill", () => {
  it("puts values in for placeholders, and leaves those without a value", () => {
    expect(fill("{a} and {b} and {a}", { a: "1" })).toBe("1 and {b} and 1")
  })

  it("does not look for placeholders in what it put in", () => {
    expect(fill("{a}{b}", { a: "{b} $& $1", b: "2" })).toBe("{b} $& $12")
  })
})

describe("our prompts", () => {
  it.each([
    ["judge", judgePrompt.user, ["question", "answers", "trajectory", "query"]],
    ["refiner", refinerPrompt.user, ["question", "trajectory", "query", "feedback"]]
  ])("ask the %s with every placeholder it is given, and no other", (_, user, names) => {
    const found = Array.from(user.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    expect(found.toSorted()).toEqual(names.toSorted())
  })

  it("tell the agent of every tag of the protocol and of the box", () => {
    for (const part of ["<think>", "<search>", "<result>", "<answer>", "\\boxed{"]) {
      expect(agentSystemPrompt).toContain(part)
    }
  })
})
