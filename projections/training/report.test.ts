import { assert, describe, it } from "@effect/vitest"
import { trainingRequest } from "../../actors/trainer/testing/request.ts"
import { axisBetween } from "./report/axis.ts"
import { curvesOf, digits } from "./report/curves.ts"
import { type LineChart, lineChart, thinned } from "./report/lineChart.ts"
import { renderTrainingReport } from "./report.ts"
import type { StepReport, TrainingRow } from "./training.ts"

const step = (step: number, more: Partial<StepReport> = {}): StepReport => ({
  step,
  of: 10,
  epoch: step / 10,
  loss: 4 / step,
  learningRate: 1e-5,
  gradientNorm: 1,
  tokens: 1000,
  tokensPerSecond: 2500,
  ...more
})

const training = (changes: Partial<TrainingRow> = {}): TrainingRow => ({
  trainingId: "dpo-0123456789ab",
  runId: "dpo-0123456789ab",
  request: trainingRequest("/srv/out/<p>", { objective: { kind: "dpo", beta: 0.1 } }),
  started: undefined,
  steps: [1, 2, 3].map((at) => step(at, { preferenceAccuracy: at / 4, margin: at - 2 })),
  checkpoints: [],
  end: undefined,
  ...changes
})

const chart = (changes: Partial<LineChart> = {}): string =>
  lineChart({
    id: "c",
    title: "Loss",
    description: "What it shows.",
    points: [1, 2, 3, 4].map((at) => ({ step: at, value: 5 - at })),
    steps: 8,
    tone: 2,
    format: String,
    ...changes
  })

const coordinates = (svg: string, className: string) => {
  const path = new RegExp(`<path class="${className}" d="([^"]+)"`).exec(svg)?.[1] ?? ""
  return [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
}

describe("a curve", () => {
  it("goes from left to right over all steps of the training, and down where values fall", () => {
    const points = coordinates(chart(), "line faint line-2")
    assert.lengthOf(points, 4)
    assert.deepStrictEqual(
      points.map(({ x }) => x),
      points.map(({ x }) => x).toSorted((a, b) => a - b)
    )
    assert.deepStrictEqual(
      points.map(({ y }) => y),
      points.map(({ y }) => y).toSorted((a, b) => a - b)
    )
    const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0]
    // Four of eight steps: half of the plot is still empty.
    assert.closeTo(last - first, (3 / 8) * 450, 1)
  })

  it("is told in words too", () => assert.include(chart(), "What it shows. From 4 at step 1 to 1 at step 4."))

  it("can be drawn through one point, and through equal ones", () => {
    for (const points of [
      [{ step: 1, value: 3 }],
      [
        { step: 1, value: 0 },
        { step: 2, value: 0 }
      ]
    ]) {
      assert.notInclude(chart({ points }), "NaN")
      assert.lengthOf(coordinates(chart({ points }), "line faint line-2"), points.length)
    }
  })

  it("of a long training is drawn by means of neighbours", () => {
    const points = Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, value: i % 2 }))
    const few = thinned(points, 300)
    assert.isAtMost(few.length, 300)
    assert.strictEqual(few.at(-1)?.step, 1000)
    assert.isTrue(few.every(({ value }) => value === 0.5))
  })
})

describe("an axis", () => {
  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-1.2, 0.9, [-1.5, -1, -0.5, 0, 0.5, 1]],
    [2.31, 2.33, [2.31, 2.315, 2.32, 2.325, 2.33]],
    [0, 7e-6, [0, 2e-6, 4e-6, 6e-6, 8e-6]]
  ])("from %d to %d has round marks that hold it", (min, max, ticks) => {
    assert.deepStrictEqual(axisBetween(min, max).ticks, ticks)
  })
})

it("numbers are written with four digits, however large or small", () => {
  assert.deepStrictEqual([7e-6, Math.LN2, 12.3456, 12345.6, 0, -2e-5].map(digits), [
    "7.00e-6",
    "0.6931",
    "12.35",
    "12350",
    "0",
    "-2.00e-5"
  ])
})

describe("the report of a training", () => {
  it("has a curve for every measure of its objective, and no other", () => {
    const titles = (row: TrainingRow) => curvesOf(row).map(({ title }) => title)
    const common = ["Gradient norm", "Learning rate", "Throughput"]
    assert.deepStrictEqual(titles(training()), ["Loss", "Preference accuracy", "Margin", ...common])
    assert.deepStrictEqual(titles(training({ steps: [step(1, { reward: 1, kl: 0.1, clipFraction: 0 })] })), [
      "Loss",
      "Reward",
      "Distance to the reference",
      "Clipped",
      ...common
    ])
  })

  it("asks to be read again only while the training is going on", () => {
    const policy = { folder: "/srv/policy", sha256: "ab" }
    const done = training({ end: { kind: "completed", result: { steps: 3, policy } } })
    const broken = training({ end: { kind: "failed", reason: "out of memory", eventId: "e" } })
    assert.deepStrictEqual(
      [training(), done, broken].map((row) => renderTrainingReport(row).includes('http-equiv="refresh"')),
      [true, false, false]
    )
    assert.include(renderTrainingReport(broken), "failed: out of memory")
  })

  it("shows what comes from outside as text", () => {
    const html = renderTrainingReport(
      training({ end: { kind: "failed", reason: "<script>alert(1)</script>", eventId: "e" } })
    )
    assert.notInclude(html, "<script>")
    assert.include(html, "&lt;script&gt;")
  })

  it("loads nothing, and shows a training of which little is known", () => {
    const html = renderTrainingReport(training({ request: undefined, steps: [] }))
    assert.notMatch(html, /https?:\/\/|src=|NaN|undefined/)
  })

  it("is the same for the same row", () =>
    assert.strictEqual(renderTrainingReport(training()), renderTrainingReport(training())))
})
