import { describe, expect, it } from "@effect/vitest"
import type { CurriculumStage, CurriculumStep } from "../../events/curriculum.ts"
import { type Measures, measure } from "../evaluation/measures.ts"
import { stepsOf } from "./report/testing/curriculumLog.ts"
import { type StageResult, stageJson, stageResults } from "./stages.ts"
import { renderStageTable } from "./stageTable.ts"

/** Figures of which only some matter. */
const figures = (some: Partial<Measures>): Measures => ({ ...measure([]), ...some })

const evaluation = (stage: CurriculumStage, set: string): CurriculumStep => {
  const id = `${stage}-evaluation-${set}`
  return { kind: "evaluation", id, stage, round: 0, runId: `demo-${stage}-${set}`, set }
}

const named = (results: ReadonlyArray<StageResult>) =>
  results.map(({ sets, stage }) => [stage, ...sets.map(({ runId, set }) => `${set} of ${runId}`)])

describe("what a policy reached stage by stage", () => {
  it("is what the evaluations of a curriculum found, in its order, and nothing of its other steps", () => {
    const results = stageResults(stepsOf({ rounds: 2 }), () => figures({ em: 0.5 }))
    expect(named(results)).toEqual(
      ["base", "sft", "dpo", "grpo"].map((stage) => [
        stage,
        `true of atlas-${stage}-true`,
        `counterfactual of atlas-${stage}-counterfactual`
      ])
    )
  })

  it("leaves out what is not evaluated yet", () => {
    const done = new Map([["demo-base-b", figures({ em: 0.25 })]])
    const steps = [evaluation("base", "a"), evaluation("base", "b"), evaluation("sft", "a"), evaluation("sft", "b")]
    expect(named(stageResults(steps, (runId) => done.get(runId)))).toEqual([["base", "b of demo-base-b"]])
    expect(stageResults(steps, () => undefined)).toEqual([])
  })

  it("is told to programs as the figures of the first set and the exact matches of the others", () => {
    const told = figures({
      ...{ n: 16, em: 0.5, f1: 0.625, searchEfficiency: 0.25, perfectRate: 0.375, partialRate: 0.125 },
      ...{ precision: 0.75, searches: 2 }
    })
    const sets = [
      { set: "true", runId: "r1", measures: told },
      { set: "counterfactual", runId: "r2", measures: figures({ n: 15, em: 0.4, f1: 0.9 }) }
    ]
    expect(stageJson({ stage: "dpo", sets })).toEqual({
      ...{ name: "dpo", n: 16, em: 0.5, f1: 0.625, searchEfficiency: 0.25, perfectRate: 0.375, partialRate: 0.125 },
      counterfactualEm: 0.4
    })
    expect(stageJson({ stage: "base", sets: [] })).toEqual({
      ...{ name: "base", n: 0, em: 0, f1: 0, searchEfficiency: 0, perfectRate: 0, partialRate: 0 }
    })
  })
})

describe("the table of the stages", () => {
  const cells = (results: ReadonlyArray<StageResult>) =>
    renderStageTable(results)
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/))

  const reached = (stage: CurriculumStage, em: number, ...sets: ReadonlyArray<string>): StageResult => ({
    stage,
    sets: sets.map((set) => ({
      ...{ set, runId: `demo-${stage}-${set}` },
      measures: figures({
        ...{ n: 16, em, f1: 0.625, searchEfficiency: 0.2505, perfectRate: 0.375, partialRate: 0 },
        ...{ searches: 2.129, formatRate: 1 }
      })
    }))
  })

  it("goes set by set through the stages, in percent, and names a set once", () => {
    const [titles, , ...lines] = cells([reached("base", 0.25, "true", "other"), reached("grpo", 0.5, "true", "other")])
    expect(titles).toEqual(["Questions", "Stage", "n", "EM", "F1", "S_E", "Perfect", "Partial", "Searches", "Format"])
    expect(lines).toEqual([
      ["true", "Base", "16", "25.0", "62.5", "25.1", "37.5", "0.0", "2.13", "100.0"],
      ["GRPO", "16", "50.0", "62.5", "25.1", "37.5", "0.0", "2.13", "100.0"],
      ["other", "Base", "16", "25.0", "62.5", "25.1", "37.5", "0.0", "2.13", "100.0"],
      ["GRPO", "16", "50.0", "62.5", "25.1", "37.5", "0.0", "2.13", "100.0"]
    ])
  })

  it("has no line for a set that a stage was not evaluated on", () => {
    const lines = cells([reached("base", 0.25, "true"), reached("sft", 0.5, "true", "other")]).slice(2)
    expect(lines.map(([first, second]) => [first, second])).toEqual([
      ["true", "Base"],
      ["SFT", "16"],
      ["other", "SFT"]
    ])
  })

  it("fits into 80 columns", () => {
    const widest = Math.max(
      ...renderStageTable([reached("base", 1, "counterfactual")])
        .split("\n")
        .map(({ length }) => length)
    )
    expect(widest).toBeLessThanOrEqual(80)
  })
})
