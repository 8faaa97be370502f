import { describe, expect, it } from "vitest"
import type { Round, Turn } from "../../events/shapes.ts"
import { settings } from "../testing/fixtures.ts"
import { allowance, responseTokens, turnsTaken } from "./budget.ts"

const turn = (start: number, end: number, counts: Partial<Turn> = {}): Turn => ({
  start,
  end,
  model: "m",
  finishReason: "stop",
  ...counts
})

const round = (queryEnd: number, resultStart: number, resultEnd: number): Round => ({
  round: 1,
  queryId: "t:1",
  query: "q",
  kind: "issued",
  queryEnd,
  resultStart,
  resultEnd,
  documentIds: []
})

describe("responseTokens", () => {
  it("estimates a token for every four characters where nobody counted, rounded up", () => {
    expect(responseTokens({ transcript: "x".repeat(9), rounds: [], turns: [turn(0, 9)] })).toBe(3)
  })

  it("counts from the first counted prompt to the end of the last counted turn, and estimates the rest", () => {
    const turns = [
      turn(8, 100, { promptTokens: 50, completionTokens: 20 }),
      turn(500, 600, { promptTokens: 190, completionTokens: 25 })
    ]
    // 8 characters before, 190 + 25 − 50 between, 40 characters after.
    expect(responseTokens({ transcript: "x".repeat(640), rounds: [], turns })).toBe(2 + 165 + 10)
  })

  it("passes over turns that nobody counted", () => {
    const turns = [turn(8, 100), turn(200, 300, { promptTokens: 80, completionTokens: 10 }), turn(300, 400)]
    expect(responseTokens({ transcript: "x".repeat(400), rounds: [], turns })).toBe(50 + 10 + 25)
  })
})

describe("turnsTaken", () => {
  it("counts outputs, not searches", () => {
    const twoSearchesOfOneOutput = [round(10, 30, 40), round(20, 41, 50)]
    expect(turnsTaken([])).toBe(0)
    expect(turnsTaken(twoSearchesOfOneOutput)).toBe(1)
    expect(turnsTaken([...twoSearchesOfOneOutput, round(60, 60, 70)])).toBe(2)
  })
})

describe("allowance", () => {
  const progress = { transcript: "x".repeat(400), rounds: [round(10, 20, 30)], turns: [] }

  it("is what one generation may have, when that is less than what is left of the response", () => {
    const sampling = { temperature: 0, topP: 1, maxNewTokens: 64, stop: [] }
    expect(allowance(progress, settings({ sampling }))).toEqual({ kind: "tokens", maxNewTokens: 64 })
  })

  it("is what is left of the response, when that is less", () => {
    expect(allowance(progress, settings({ maxResponseTokens: 120 }))).toEqual({ kind: "tokens", maxNewTokens: 20 })
  })

  it("is exhausted at the last token, and turns are looked at first", () => {
    const full = settings({ maxResponseTokens: 100 })
    expect(allowance(progress, full)).toEqual({ kind: "exhausted", limit: "max-tokens" })
    expect(allowance(progress, { ...full, maxTurns: 1 })).toEqual({ kind: "exhausted", limit: "max-turns" })
  })
})
