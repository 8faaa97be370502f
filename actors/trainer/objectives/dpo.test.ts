import { describe, expect, it } from "@effect/vitest"
import { scalar, type Tensor } from "@tensorflow/tfjs-core"
import { dpo } from "./dpo.ts"
import { evaluate, gradientOf, matrix, type Rows, slopesOf, vector } from "./testing/evaluate.ts"
import { torch } from "./testing/torch.ts"

interface Case {
  readonly logProbs: Rows
  readonly mask: Rows
  readonly reference: ReadonlyArray<number>
  readonly pairs: ReadonlyArray<number>
  readonly normaliser: number
}

const beta = 0.5

const objective =
  ({ mask, normaliser, pairs, reference }: Case, strength = beta) =>
  (logProbs: Tensor) =>
    dpo(
      logProbs,
      {
        mask: matrix(mask),
        normaliser: scalar(normaliser),
        reference: vector(reference),
        pairs: vector(pairs)
      },
      { beta: strength }
    )

const lossOf = (told: Case) => (logProbs: Tensor) => objective(told)(logProbs).loss
const outcomeOf = (told: Case) => evaluate(() => objective(told)(matrix(told.logProbs)))

/** σ(z) */
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))

/**
 * Sums over the tokens that count: chosen −3 and −4, rejected −2 and −6. Less the reference: 1, −1, 2 and −2. Rewards, with
 * β = 0.5: chosen 0.5 and −0.5, rejected 1 and −1. Margins −0.5 and 0.5.
 */
const two: Case = {
  logProbs: [
    [-1, -2, -5],
    [-4, -5, -5],
    [-2, -8, -8],
    [-1, -2, -3]
  ],
  mask: [
    [1, 1, 0],
    [1, 0, 0],
    [1, 0, 0],
    [1, 1, 1]
  ],
  reference: [-4, -3, -4, -4],
  pairs: [1, 1],
  normaliser: 2
}

describe("dpo", () => {
  it("is −(log σ(−0.5) + log σ(0.5)) / 2 for two pairs with these margins", () => {
    const { loss, metrics } = outcomeOf(two)
    expect(loss).toBeCloseTo(-(Math.log(sigmoid(-0.5)) + Math.log(sigmoid(0.5))) / 2, 6)
    expect(metrics).toEqual({
      margin: expect.closeTo(0, 6),
      preferenceAccuracy: 0.5,
      chosenReward: expect.closeTo(0, 6),
      rejectedReward: expect.closeTo(0, 6)
    })
  })

  it("pulls each token of a pair by β σ(−margin) / 2: up in the chosen answer, down in the rejected one", () => {
    const first = (beta * sigmoid(0.5)) / 2
    const second = (beta * sigmoid(-0.5)) / 2
    const close = (value: number) => expect.closeTo(value, 6)
    expect(gradientOf(lossOf(two), two.logProbs).map((row) => row.map((slope) => slope + 0))).toEqual([
      [close(-first), close(-first), 0],
      [close(-second), 0, 0],
      [close(first), 0, 0],
      [close(second), close(second), close(second)]
    ])
  })

  it("has the gradient that finite differences have", () => {
    const slopes = slopesOf(lossOf(two), two.logProbs)
    expect(gradientOf(lossOf(two), two.logProbs)).toEqual(
      slopes.map((row) => row.map((slope) => expect.closeTo(slope, 3)))
    )
  })

  it("is log 2, and no one is preferred, where the policy is the reference", () => {
    const { loss, metrics } = outcomeOf({ ...two, reference: [-3, -4, -2, -6] })
    expect(loss).toBeCloseTo(Math.log(2), 6)
    expect(metrics.preferenceAccuracy).toBe(0)
  })

  it("leaves padded pairs out of loss, metrics and gradient", () => {
    const padded = { ...two, pairs: [1, 0], normaliser: 1 }
    const { loss, metrics } = outcomeOf(padded)
    expect(loss).toBeCloseTo(-Math.log(sigmoid(-0.5)), 6)
    expect(metrics).toEqual({
      margin: expect.closeTo(-0.5, 6),
      preferenceAccuracy: 0,
      chosenReward: expect.closeTo(0.5, 6),
      rejectedReward: expect.closeTo(1, 6)
    })
    const gradient = gradientOf(lossOf(padded), two.logProbs)
    expect([...(gradient[1] ?? []), ...(gradient[3] ?? [])].every((slope) => slope === 0)).toBe(true)
  })

  it("is the same in one batch and in micro-batches that share its normaliser", () => {
    const pick = <A>(values: ReadonlyArray<A>, pair: number) => values.filter((_, row) => row % 2 === pair)
    const parts = [0, 1].map((pair) =>
      outcomeOf({
        logProbs: pick(two.logProbs, pair),
        mask: pick(two.mask, pair),
        reference: pick(two.reference, pair),
        pairs: [1],
        normaliser: 2
      })
    )
    expect(parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(outcomeOf(two).loss, 6)
  })

  it.each([-1e6, -200, 200, 1e6])("stays finite with a margin of %d", (margin) => {
    const extreme = { logProbs: [[margin], [0]], mask: [[1], [1]], reference: [0, 0], pairs: [1], normaliser: 1 }
    const loss = (logProbs: Tensor) => objective(extreme, 1)(logProbs).loss
    expect(evaluate(() => objective(extreme, 1)(matrix(extreme.logProbs))).loss).toBeCloseTo(Math.max(0, -margin), 3)
    expect(gradientOf(loss, extreme.logProbs)[0]?.[0]).toBeCloseTo(margin < 0 ? -1 : 0, 6)
  })

  it("equals PyTorch's", () => {
    const { beta, loss, metrics, referenceRows } = torch.dpo
    const told = { ...torch, reference: referenceRows, pairs: [1, 1], normaliser: 2 }
    const found = evaluate(() => objective(told, beta)(matrix(torch.logProbs)))
    expect(found.loss).toBeCloseTo(loss, 5)
    for (const [name, value] of Object.entries(metrics)) expect(found.metrics[name]).toBeCloseTo(value, 5)
  })
})
