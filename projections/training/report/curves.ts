import { percent } from "../../evaluation/format.ts"
import type { StepReport, TrainingRow } from "../training.ts"
import type { LineChart } from "./lineChart.ts"

/** A measure of each step. */
export interface Measure {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly tone: number
  readonly value: (report: StepReport) => number | undefined
  readonly format: (value: number) => string
}

/** A number in about four digits, however large or small. */
export const digits = (value: number): string => {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2)
  return String(Number(value.toPrecision(4)))
}

const inPercent = (value: number): string => `${percent(value)} %`

/** All measures, the most telling ones first. */
export const measures: ReadonlyArray<Measure> = [
  {
    id: "loss",
    title: "Loss",
    description: "What is minimised, mean of each step.",
    tone: 0,
    value: ({ loss }) => loss,
    format: digits
  },
  {
    id: "token-accuracy",
    title: "Token accuracy",
    description: "Share of the learnt tokens that the policy found the likeliest, in percent.",
    tone: 3,
    value: ({ tokenAccuracy }) => tokenAccuracy,
    format: inPercent
  },
  {
    id: "preference-accuracy",
    title: "Preference accuracy",
    description: "Share of the pairs whose chosen answer has the higher implicit reward, in percent.",
    tone: 3,
    value: ({ preferenceAccuracy }) => preferenceAccuracy,
    format: inPercent
  },
  {
    id: "margin",
    title: "Margin",
    description: "Implicit reward of the chosen answer less that of the rejected one.",
    tone: 5,
    value: ({ margin }) => margin,
    format: digits
  },
  {
    id: "reward",
    title: "Reward",
    description: "Mean reward of the rollouts.",
    tone: 3,
    value: ({ reward }) => reward,
    format: digits
  },
  {
    id: "kl",
    title: "Distance to the reference",
    description: "Estimated KL divergence, in nats a token.",
    tone: 4,
    value: ({ kl }) => kl,
    format: digits
  },
  {
    id: "clip-fraction",
    title: "Clipped",
    description: "Share of the tokens whose probability ratio was clipped, in percent.",
    tone: 1,
    value: ({ clipFraction }) => clipFraction,
    format: inPercent
  },
  {
    id: "gradient-norm",
    title: "Gradient norm",
    description: "Norm of the whole gradient before it was clipped.",
    tone: 2,
    value: ({ gradientNorm }) => gradientNorm,
    format: digits
  },
  {
    id: "learning-rate",
    title: "Learning rate",
    description: "Of each step.",
    tone: 1,
    value: ({ learningRate }) => learningRate,
    format: digits
  },
  {
    id: "throughput",
    title: "Throughput",
    description: "Tokens read in a second.",
    tone: 5,
    value: ({ tokensPerSecond }) => tokensPerSecond,
    format: digits
  }
]

/** The measures that a training has. */
export const measuresOf = ({ steps }: Pick<TrainingRow, "steps">): ReadonlyArray<Measure> =>
  measures.filter(({ value }) => steps.some((report) => value(report) !== undefined))

/** A curve for each measure that a training has. */
export const curvesOf = ({ steps }: Pick<TrainingRow, "steps">): ReadonlyArray<LineChart> => {
  const inAll = Math.max(1, ...steps.map((report) => report.of))
  return measuresOf({ steps }).map(({ value, ...measure }) => ({
    ...measure,
    steps: inAll,
    points: steps.flatMap((report) => {
      const measured = value(report)
      return measured === undefined ? [] : [{ step: report.step, value: measured }]
    })
  }))
}
