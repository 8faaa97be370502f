import type { Effect } from "effect"
import type { imitate, prefer, reinforce } from "../../runtime/training/local/testing/learningCurves.ts"
import type { Column, Panel, Series, Side } from "./picture.ts"

/** What the stages of learning measured, as columns of the picture. */

type Measured<Stage extends (...stage: never) => Effect.Effect<unknown, unknown>> = Effect.Success<ReturnType<Stage>>

const percent = (value: number): string => `${Math.round(100 * value)} %`
const plain = (value: number): string => String(value)

/** The values of one side, where each was measured. */
const series = <Row>(
  side: Side,
  rows: ReadonlyArray<Row>,
  at: (row: Row, index: number) => number,
  value: (row: Row) => number
): Series => ({ side, points: rows.map((row, index) => ({ at: at(row, index), value: value(row) })) })

const accuracyPanel = (...both: ReadonlyArray<Series>): Panel => ({
  title: "Right queries, written greedily",
  series: both,
  format: percent,
  span: [0, 1]
})

const steps = ({ steps }: { readonly steps: number }): number => steps

export const imitationColumn = ({ measured, reports }: Measured<typeof imitate>): Column => {
  const ofStep = (_: unknown, index: number) => index + 1
  return {
    title: "SFT imitates demonstrations",
    unit: "steps",
    panels: [
      { title: "Loss", series: [series("trained", reports, ofStep, ({ loss }) => loss)], format: plain, span: [0, 1] },
      {
        title: "Likeliest token is right",
        series: [series("trained", reports, ofStep, ({ tokenAccuracy = 0 }) => tokenAccuracy)],
        format: percent,
        span: [0, 1]
      },
      accuracyPanel(
        series("trained", measured, steps, ({ trainAccuracy }) => trainAccuracy),
        series("heldOut", measured, steps, ({ heldOutAccuracy }) => heldOutAccuracy)
      )
    ]
  }
}

export const preferenceColumn = ({ measured }: Measured<typeof prefer>): Column => ({
  title: "DPO prefers right queries",
  unit: "steps",
  panels: [
    {
      title: "Margin, in nats times β",
      series: [
        series("trained", measured, steps, ({ trainMargin }) => trainMargin),
        series("heldOut", measured, steps, ({ heldOutMargin }) => heldOutMargin)
      ],
      format: plain,
      span: [0, 1]
    },
    {
      title: "Pairs whose right query is preferred",
      series: [
        series("trained", measured, steps, ({ trainPreference }) => trainPreference),
        series("heldOut", measured, steps, ({ heldOutPreference }) => heldOutPreference)
      ],
      format: percent,
      span: [0, 1]
    },
    accuracyPanel(series("heldOut", measured, steps, ({ heldOutAccuracy }) => heldOutAccuracy))
  ]
})

export const reinforcementColumn = ({ measured }: Measured<typeof reinforce>): Column => {
  const round = (_: unknown, index: number) => index
  return {
    title: "GRPO learns from its rewards",
    unit: "rounds of fresh rollouts",
    panels: [
      {
        title: "Mean reward of what is drawn",
        series: [
          series("trained", measured, round, ({ trainReward }) => trainReward),
          series("heldOut", measured, round, ({ heldOutReward }) => heldOutReward)
        ],
        format: plain,
        span: [0, 1]
      },
      {
        title: "KL from its start, in nats a token",
        series: [series("heldOut", measured, round, ({ kl }) => kl)],
        format: plain,
        span: [0, 0.1]
      },
      accuracyPanel(series("heldOut", measured, round, ({ heldOutAccuracy }) => heldOutAccuracy))
    ]
  }
}
