import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { paperReward, trajectoryReward } from "./reward.ts"

const Input = Schema.Struct({
  correct: Schema.Boolean,
  nCorrect: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
  nWrong: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
  formatOk: Schema.Boolean,
  brokenTag: Schema.Boolean
})

describe("trajectoryReward", () => {
  it.each<[answer: "correct" | "incorrect", nCorrect: number, nWrong: number, formatOk: boolean, reward: number]>([
    ["correct", 2, 0, true, 1.1],
    ["correct", 2, 0, false, 1],
    ["correct", 1, 1, true, 1],
    ["correct", 0, 1, false, 0.9],
    ["correct", 0, 2, false, 0.8],
    ["correct", 0, 3, true, 0.8],
    ["correct", 0, 3, false, 0.7],
    ["correct", 0, 9, false, 0.7],
    ["correct", 0, 0, true, 1.1],
    ["incorrect", 0, 0, false, 0],
    ["incorrect", 0, 0, true, 0.1],
    ["incorrect", 1, 5, false, 0.1],
    ["incorrect", 2, 0, true, 0.3],
    ["incorrect", 3, 0, false, 0.3],
    ["incorrect", 3, 0, true, 0.4],
    ["incorrect", 9, 0, true, 0.4]
  ])("is, for a %s answer, %i high, %i low, format %s: %d", (answer, nCorrect, nWrong, formatOk, reward) => {
    const input = { correct: answer === "correct", nCorrect, nWrong, formatOk, brokenTag: false }
    expect(trajectoryReward(input)).toBe(reward)
  })

  it("is nothing with a broken tag, however good the rest", () => {
    expect(trajectoryReward({ correct: true, nCorrect: 3, nWrong: 0, formatOk: true, brokenTag: true })).toBe(0)
  })

  it("follows other constants", () => {
    const rules = { penalty: 0.25, floor: 0.4, bonus: 0.05, ceiling: 0.2, format: 0 }
    const input = { nCorrect: 3, nWrong: 2, formatOk: true, brokenTag: false }
    expect(trajectoryReward({ ...input, correct: true }, rules)).toBe(0.5)
    expect(trajectoryReward({ ...input, correct: false }, rules)).toBe(0.15)
  })

  it.prop("prefers a correct trajectory to an incorrect one of the same format", [Input, Input], ([left, right]) => {
    const common = { formatOk: left.formatOk, brokenTag: false }
    const good = trajectoryReward({ ...left, ...common, correct: true })
    const bad = trajectoryReward({ ...right, ...common, correct: false })
    expect(good).toBeGreaterThan(bad)
  })

  it.prop("stays between 0 and 1.1 and has at most six decimals", [Input], ([input]) => {
    const reward = trajectoryReward(input, paperReward)
    expect(reward).toBeGreaterThanOrEqual(0)
    expect(reward).toBeLessThanOrEqual(1.1)
    expect(String(reward)).toBe(String(Number(reward.toFixed(6))))
  })
})
