import type { CurriculumStage } from "../../../events/curriculum.ts"
import { percent } from "../../evaluation/format.ts"
import type { BarChart } from "../../evaluation/report/barChart.ts"
import { curvesOf } from "../../training/report/curves.ts"
import type { LineChart } from "../../training/report/lineChart.ts"
import type { StepReport } from "../../training/training.ts"
import type { LearningRound } from "./rounds.ts"

/** How the training of a stage went. */
export interface StageCurves {
  readonly stage: CurriculumStage
  /** Rounds whose steps are strung together. */
  readonly rounds: number
  readonly curves: ReadonlyArray<LineChart>
  /** What the rollouts of each round were worth, where there is more than one round. */
  readonly rollouts?: BarChart
}

/** The measures of each objective that tell whether it is reached; what each step did is in the report of the training. */
const telling: Readonly<Record<CurriculumStage, ReadonlyArray<string>>> = {
  base: [],
  student: ["loss", "token-accuracy"],
  sft: ["loss", "token-accuracy"],
  dpo: ["loss", "margin", "preference-accuracy"],
  grpo: ["reward", "kl"]
}

/** The curves of every stage that trained, in their order. */
export const learningCurves = (rounds: ReadonlyArray<LearningRound>): ReadonlyArray<StageCurves> =>
  [...Map.groupBy(rounds, ({ stage }) => stage)].flatMap(([stage, ofStage]): ReadonlyArray<StageCurves> => {
    const curves = curvesOf({ steps: strungTogether(ofStage) })
      .filter(({ id }) => telling[stage].includes(id))
      .map((curve) => ({ ...curve, id: `${stage}-${curve.id}` }))
    if (curves.length === 0) return []
    const rollouts = rolloutsByRound(ofStage)
    return [{ stage, rounds: ofStage.length, curves, ...(rollouts === undefined ? {} : { rollouts }) }]
  })

/** The steps of all rounds, numbered through. */
const strungTogether = (rounds: ReadonlyArray<LearningRound>): ReadonlyArray<StepReport> => {
  const trainings = rounds.flatMap(({ training }) => training ?? [])
  const lengths = trainings.map(({ started, steps }) => steps.at(-1)?.of ?? started?.steps ?? 0)
  const all = lengths.reduce((sum, length) => sum + length, 0)
  return trainings.flatMap(({ steps }, i) => {
    const before = lengths.slice(0, i).reduce((sum, length) => sum + length, 0)
    return steps.map((report) => ({ ...report, step: before + report.step, of: all }))
  })
}

const rolloutsByRound = (rounds: ReadonlyArray<LearningRound>): BarChart | undefined => {
  const sampled = rounds.flatMap(({ rollouts, round }) =>
    rollouts === undefined ? [] : [{ round, measures: rollouts.measures.initial }]
  )
  if (sampled.length < 2) return undefined
  return {
    id: `${rounds[0]?.stage ?? ""}-rollouts`,
    title: "Rollouts of each round",
    description:
      "Exact match and perfect rate of what the policy sampled in each round, before it learnt from that, in percent.",
    layout: "grouped",
    categories: sampled.map(({ round }) => String(round)),
    series: [
      { name: "exact match", tone: 0, values: sampled.map(({ measures }) => measures.em) },
      { name: "perfect rate", tone: 3, values: sampled.map(({ measures }) => measures.perfectRate) }
    ],
    xLabel: "Round",
    yLabel: "Percent of trajectories",
    format: percent,
    formatTick: (value) => String(Number((100 * value).toFixed(6))),
    labelled: sampled.length <= 6
  }
}
