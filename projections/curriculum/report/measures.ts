import { count, decimal, percent } from "../../evaluation/format.ts"
import type { Measures } from "../../evaluation/measures.ts"

/** A figure of what a policy reached. */
export interface StageMeasure {
  readonly title: string
  readonly value: (measures: Measures) => number
  readonly format: (value: number) => string
  /** Whether the highest value of the stages is marked. */
  readonly isGoal: boolean
}

const share = (title: string, value: (measures: Measures) => number): StageMeasure => ({
  title,
  value,
  format: percent,
  isGoal: true
})

/** The columns of the stage table. */
export const stageMeasures: ReadonlyArray<StageMeasure> = [
  { title: "n", value: ({ n }) => n, format: count, isGoal: false },
  share("EM", ({ em }) => em),
  share("F1", ({ f1 }) => f1),
  share("S_E", ({ searchEfficiency }) => searchEfficiency),
  share("Perfect", ({ perfectRate }) => perfectRate),
  { ...share("Partial", ({ partialRate }) => partialRate), isGoal: false },
  { title: "Searches", value: ({ searches }) => searches, format: decimal, isGoal: false },
  share("Format", ({ formatRate }) => formatRate)
]
