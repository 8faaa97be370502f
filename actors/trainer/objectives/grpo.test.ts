import { describe, expect, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { grpo } from "./grpo.ts"
import { counted, evaluate, gradientOf, matrix, type Rows, slopesOf, vector } from "./testing/evaluate.ts"
import { torch } from "./testing/torch.ts"

interface Case {
  readonly logProbs: Rows
  readonly mask: Rows
  readonly old: Rows
  readonly reference: Rows
  readonly advantages: ReadonlyArray<number>
  readonly count?: number
}

const settings = { clip: { low: 0.2, high: 0.3 }, klCoefficient: 0.1 }

const objective =
  ({ advantages, count, mask, old, reference }: Case, by = settings) =>
  (logProbs: Tensor) =>
    grpo(
      logProbs,
      { ...counted(mask, count), old: matrix(old), reference: matrix(reference), advantages: vector(advantages) },
      by
    )

const lossOf = (told: Case) => (logProbs: Tensor) => objective(told)(logProbs).loss
const outcomeOf = (told: Case) => evaluate(() => objective(told)(matrix(told.logProbs)))
const ln = Math.log

/**
 * Ratios 1, 1.1 and 2 with advantage 2; 0.5 and 1.2 with advantage −1; the last number of the second row does not count.
 * The reference is the policy but for the first token, which it makes twice as likely, and the fourth, half as likely.
 */
const five: Case = {
  logProbs: [
    [-1, -2, -3],
    [-1, -2, -4]
  ],
  mask: [
    [1, 1, 1],
    [1, 1, 0]
  ],
  old: [
    [-1, -2 - ln(1.1), -3 - ln(2)],
    [-1 - ln(0.5), -2 - ln(1.2), -1]
  ],
  reference: [
    [-1 + ln(2), -2, -3],
    [-1 - ln(2), -2, -1]
  ],
  advantages: [2, -1]
}

/**
 * min(ρA, clip(ρ)A): 2, 2.2, 2.6 (clipped at 1.3), −0.8 (clipped at 0.8, since −0.8 < −0.5), −1.2; in all 4.8.
 * k: 2 − ln 2 − 1, 0, 0, 0.5 + ln 2 − 1, 0; in all 0.5.
 */
const surrogate = 4.8
const divergence = 0.5

describe("grpo", () => {
  it("is (0.1 · 0.5 − 4.8) / 5 for five tokens with these ratios", () => {
    const { loss, metrics } = outcomeOf(five)
    expect(loss).toBeCloseTo((settings.klCoefficient * divergence - surrogate) / 5, 5)
    expect(metrics).toEqual({
      kl: expect.closeTo(divergence / 5, 5),
      clipFraction: expect.closeTo(2 / 5, 6),
      ratioMean: expect.closeTo((1 + 1.1 + 2 + 0.5 + 1.2) / 5, 5)
    })
  })

  it("pulls a token by ρA while that is not clipped, and towards the reference by 1 − π_ref / π", () => {
    const close = (towards: number, away: number) => expect.closeTo((settings.klCoefficient * away - towards) / 5, 5)
    expect(gradientOf(lossOf(five), five.logProbs).map((row) => row.map((slope) => slope + 0))).toEqual([
      [close(2, 1 - 2), close(2.2, 0), close(0, 0)],
      [close(0, 1 - 0.5), close(-1.2, 0), 0]
    ])
  })

  it("has the gradient that finite differences have", () => {
    const slopes = slopesOf(lossOf(five), five.logProbs)
    expect(gradientOf(lossOf(five), five.logProbs)).toEqual(
      slopes.map((row) => row.map((slope) => expect.closeTo(slope, 3)))
    )
  })

  it("pushes what was right and got less likely, or was wrong and got likelier, beyond the clipped range too", () => {
    const told = { ...five, old: five.logProbs.map((row) => [...row]), reference: five.logProbs }
    const ratios: Rows = [
      [0.5, 0.5, 0.5],
      [2, 2, 2]
    ]
    const moved = told.logProbs.map((row, r) => row.map((value, c) => value + ln(ratios[r]?.[c] ?? 1)))
    const { metrics } = outcomeOf({ ...told, logProbs: moved })
    expect(metrics.clipFraction).toBe(0)
    const surrogateOnly = (logProbs: Tensor) => objective(told, { ...settings, klCoefficient: 0 })(logProbs).loss
    expect(gradientOf(surrogateOnly, moved).map((row) => row.map((slope) => slope + 0))).toEqual([
      [expect.closeTo(-0.2, 5), expect.closeTo(-0.2, 5), expect.closeTo(-0.2, 5)],
      [expect.closeTo(0.4, 5), expect.closeTo(0.4, 5), 0]
    ])
  })

  it("is minus the mean advantage where the policy is both the old one and the reference", () => {
    const { loss, metrics } = outcomeOf({ ...five, old: five.logProbs, reference: five.logProbs })
    expect(loss).toBeCloseTo(-(3 * 2 + 2 * -1) / 5, 5)
    expect(metrics).toEqual({ kl: 0, clipFraction: 0, ratioMean: expect.closeTo(1, 6) })
  })

  it("is the same in one batch and in micro-batches that share its normaliser", () => {
    const whole = outcomeOf(five)
    const parts = [0, 1].map((row) => {
      const only = (rows: Rows): Rows => rows.slice(row, row + 1)
      return outcomeOf({
        logProbs: only(five.logProbs),
        mask: only(five.mask),
        old: only(five.old),
        reference: only(five.reference),
        advantages: five.advantages.slice(row, row + 1),
        count: 5
      })
    })
    expect(parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(whole.loss, 5)
    for (const [name, value] of Object.entries(whole.metrics)) {
      expect(parts.reduce((sum, { metrics }) => sum + (metrics[name] ?? Number.NaN), 0)).toBeCloseTo(value, 5)
    }
  })

  it.each([-1e6, -100, 100, 1e6])("stays finite where all log-probabilities moved by %d", (by) => {
    const moved = five.logProbs.map((row) => row.map((value) => value + by))
    const { loss, metrics } = outcomeOf({ ...five, logProbs: moved })
    const gradient = gradientOf(lossOf(five), moved)
    expect([loss, ...Object.values(metrics), ...gradient.flat()].every(Number.isFinite)).toBe(true)
    expect(gradient[1]?.[2]).toBe(0)
  })

  it("equals PyTorch's", () => {
    const { advantages, clipHigh, clipLow, klCoefficient, loss, metrics, old, reference } = torch.grpo
    const told = { ...torch, old, reference, advantages }
    const by = { clip: { low: clipLow, high: clipHigh }, klCoefficient }
    const found = evaluate(() => objective(told, by)(matrix(torch.logProbs)))
    expect(found.loss).toBeCloseTo(loss, 5)
    expect(Object.keys(found.metrics).toSorted()).toEqual(Object.keys(metrics).toSorted())
    for (const [name, value] of Object.entries(metrics)) expect(found.metrics[name]).toBeCloseTo(value, 5)
  })
})
