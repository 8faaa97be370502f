import { relative } from "node:path"
import { count } from "../../../projections/evaluation/format.ts"
import { plainTable } from "../../../projections/text/table.ts"
import { measuresOf } from "../../../projections/training/report/curves.ts"
import type { TrainingRow } from "../../../projections/training/training.ts"

interface Line {
  readonly title: string
  readonly first: string
  readonly last: string
}

/** Every measure of a training at its first and its last step, as a table for terminals. */
export const outcomeTable = ({ steps }: Pick<TrainingRow, "steps">): string => {
  const [first, last] = [steps[0], steps.at(-1)]
  const lines = measuresOf({ steps }).map(({ title, value, format }): Line => {
    const written = (measured: number | undefined) => (measured === undefined ? "–" : format(measured))
    return { title, first: written(first && value(first)), last: written(last && value(last)) }
  })
  return plainTable(
    [
      { title: "", align: "left", cell: ({ title }: Line) => title },
      { title: `step ${first?.step ?? ""}`, align: "right", cell: (line) => line.first },
      { title: `step ${last?.step ?? ""}`, align: "right", cell: (line) => line.last }
    ],
    lines
  )
}

/** How much was trained, in a sentence. */
export const outcomeLine = (
  { trainingId, steps }: Pick<TrainingRow, "trainingId" | "steps">,
  seconds: number
): string => {
  const tokens = steps.reduce((sum, report) => sum + report.tokens, 0)
  return `Training ${trainingId}: ${count(steps.length)} steps, ${count(tokens)} tokens; ${seconds.toFixed(1)} s now.`
}

/** A path as it is shortest from here. */
export const fromHere = (path: string): string => {
  const shown = relative(process.cwd(), path)
  return shown === "" || shown.startsWith("..") ? path : shown
}
