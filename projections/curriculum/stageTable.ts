import { percent } from "../evaluation/format.ts"
import type { Measures } from "../evaluation/measures.ts"
import { type Column, plainTable } from "../text/table.ts"
import type { StageResult } from "./stages.ts"

interface Line {
  readonly stage: string
  readonly set: string
  readonly measures: Measures
}

/** The stages as the paper names them. */
export const stageTitles = { base: "Base", student: "Student", sft: "SFT", dpo: "DPO", grpo: "GRPO" } as const

const figure = (title: string, cell: (measures: Measures) => string): Column<Line> => ({
  title,
  align: "right",
  cell: ({ measures }) => cell(measures)
})

const columns: ReadonlyArray<Column<Line>> = [
  { title: "Questions", align: "left", cell: ({ set }) => set },
  { title: "Stage", align: "left", cell: ({ stage }) => stage },
  figure("n", ({ n }) => String(n)),
  figure("EM", ({ em }) => percent(em)),
  figure("F1", ({ f1 }) => percent(f1)),
  figure("S_E", ({ searchEfficiency }) => percent(searchEfficiency)),
  figure("Perfect", ({ perfectRate }) => percent(perfectRate)),
  figure("Partial", ({ partialRate }) => percent(partialRate)),
  figure("Searches", ({ searches }) => searches.toFixed(2)),
  figure("Format", ({ formatRate }) => percent(formatRate))
]

/** What the policy reached after each stage, set by set: the columns of the paper's tables, in percent. */
export const renderStageTable = (results: ReadonlyArray<StageResult>): string => {
  const sets = [...new Set(results.flatMap(({ sets }) => sets.map(({ set }) => set)))]
  const lines = sets.flatMap((set) =>
    results.flatMap(({ stage, sets: ofStage }) =>
      ofStage.filter((one) => one.set === set).map(({ measures }) => ({ set, stage: stageTitles[stage], measures }))
    )
  )
  return plainTable(
    columns,
    lines.map((line, place) => (lines[place - 1]?.set === line.set ? { ...line, set: "" } : line))
  )
}
