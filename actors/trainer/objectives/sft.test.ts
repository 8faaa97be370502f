import { describe, expect, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { sft } from "./sft.ts"
import { counted, evaluate, gradientOf, matrix, type Rows, slopesOf } from "./testing/evaluate.ts"
import { torch } from "./testing/torch.ts"

const logProbs: Rows = [
  [-1, -2, -7],
  [-3, -9, -9]
]
const mask: Rows = [
  [1, 1, 0],
  [1, 0, 0]
]
const demonstrations = (mask: Rows, count?: number) => ({ ...counted(mask, count), hits: matrix(mask) })
const loss = (of: Rows) => (values: Tensor) => sft(values, demonstrations(of)).loss

describe("sft", () => {
  it("is the mean over the tokens that count: (1 + 2 + 3) / 3", () => {
    expect(evaluate(() => sft(matrix(logProbs), demonstrations(mask))).loss).toBeCloseTo(2, 6)
  })

  it("tells which part of them was the likeliest: 2 of 3", () => {
    const hits = matrix([
      [1, 0, 1],
      [1, 1, 1]
    ])
    expect(evaluate(() => sft(matrix(logProbs), { ...counted(mask), hits })).metrics.tokenAccuracy).toBeCloseTo(
      2 / 3,
      6
    )
  })

  it("pulls every token that counts by 1/3 and leaves the others alone", () => {
    expect(gradientOf(loss(mask), logProbs)).toEqual([
      [expect.closeTo(-1 / 3, 6), expect.closeTo(-1 / 3, 6), -0],
      [expect.closeTo(-1 / 3, 6), -0, -0]
    ])
  })

  it("has the gradient that finite differences have", () => {
    const slopes = slopesOf(loss(mask), logProbs)
    expect(gradientOf(loss(mask), logProbs)).toEqual(slopes.map((row) => row.map((slope) => expect.closeTo(slope, 3))))
  })

  it("is the same in one batch and in micro-batches that share its normaliser", () => {
    const whole = evaluate(() => sft(matrix(logProbs), demonstrations(mask)))
    const parts = logProbs.map((row, i) => evaluate(() => sft(matrix([row]), demonstrations([mask[i] ?? []], 3))))
    expect(parts.reduce((sum, part) => sum + part.loss, 0)).toBeCloseTo(whole.loss, 6)
  })

  it("stays finite where a token is next to impossible", () => {
    const impossible: Rows = [[-1e30, -1]]
    const found = evaluate(() => sft(matrix(impossible), demonstrations([[1, 1]])))
    expect(Number.isFinite(found.loss)).toBe(true)
    expect(gradientOf(loss([[1, 1]]), impossible)).toEqual([[-0.5, -0.5]])
  })

  it("equals PyTorch's", () => {
    expect(evaluate(() => sft(matrix(torch.logProbs), demonstrations(torch.mask))).loss).toBeCloseTo(torch.sft.loss, 5)
  })
})
