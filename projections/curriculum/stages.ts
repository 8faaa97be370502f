import type { CurriculumStage, CurriculumStep } from "../../events/curriculum.ts"
import type { Measures } from "../evaluation/measures.ts"

/** What a policy reached on each set of held-out questions after a stage; `base` is before any. */
export interface StageResult {
  readonly stage: CurriculumStage
  /** In the order of the configuration. */
  readonly sets: ReadonlyArray<{ readonly set: string; readonly runId: string; readonly measures: Measures }>
}

type EvaluationStep = Extract<CurriculumStep, { readonly kind: "evaluation" }>

/** The evaluations of a curriculum stage by stage, as far as there are figures of their runs. */
export const stageResults = (
  steps: ReadonlyArray<CurriculumStep>,
  measuresOf: (runId: string) => Measures | undefined
): ReadonlyArray<StageResult> => {
  const evaluations = steps.filter((step): step is EvaluationStep => step.kind === "evaluation")
  return [...Map.groupBy(evaluations, ({ stage }) => stage)]
    .map(([stage, those]) => ({
      stage,
      sets: those.flatMap(({ runId, set }) => {
        const measures = measuresOf(runId)
        return measures === undefined ? [] : [{ set, runId, measures }]
      })
    }))
    .filter(({ sets }) => sets.length > 0)
}

/** One stage for a program to read: the figures of the first set, and the exact matches of every other one. */
export const stageJson = ({ stage, sets: [first, ...others] }: StageResult) => ({
  name: stage,
  n: first?.measures.n ?? 0,
  em: first?.measures.em ?? 0,
  f1: first?.measures.f1 ?? 0,
  searchEfficiency: first?.measures.searchEfficiency ?? 0,
  perfectRate: first?.measures.perfectRate ?? 0,
  partialRate: first?.measures.partialRate ?? 0,
  ...Object.fromEntries(others.map(({ set, measures }) => [`${set}Em`, measures.em]))
})
