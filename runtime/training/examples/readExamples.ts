import { Result } from "effect"
import type { ExampleByObjective, ObjectiveKind } from "../../../actors/trainer/examples.ts"
import type { Columns } from "./alpaca.ts"
import { formatsOf } from "./formats.ts"
import { isRow, type Row, type RowFormat } from "./rowFormat.ts"

/** What the examples of an objective are, in words. */
export const examplesInWords: Readonly<Record<ObjectiveKind, string>> = {
  sft: "demonstrations",
  dpo: "preferences",
  grpo: "groups of rollouts"
}

/** Reads the rows of one file, one after the other. */
export interface ExampleReader<Example> {
  /** Reads a row; `place` (from 0) names an example without an id. Fails with what is wrong with it, in words. */
  readonly read: (json: unknown, place: number) => Result.Result<Example, string>
  /** The file's format; undefined before the first row. */
  readonly format: () => string | undefined
}

/** A reader for the examples of an objective: the first row tells the file's format. */
export const exampleReader = <K extends ObjectiveKind>(
  objective: K,
  columns?: Columns | undefined
): ExampleReader<ExampleByObjective[K]> => {
  const all = formatsOf(columns)
  const formats: ReadonlyArray<RowFormat<ExampleByObjective[K]>> = all[objective]
  let format: RowFormat<ExampleByObjective[K]> | undefined
  return {
    format: () => format?.name,
    read: (json, place) => {
      if (!isRow(json)) return Result.fail("expected an object")
      format ??= formats.find(({ fits }) => fits(json))
      if (format === undefined) return Result.fail(misfit(objective, json, all))
      if (!format.fits(json)) return Result.fail(`expected a row of the format ${format.name}, as the rows before it`)
      // A row that has everything but an id has everything: the id is what is added.
      return Result.map(
        format.read(json),
        (row) => ({ ...row, id: row.id ?? `row-${place + 1}` }) as ExampleByObjective[K]
      )
    }
  }
}

/** Says of a row that no format of an objective fits what it is instead. */
const misfit = (objective: ObjectiveKind, row: Row, formats: ReturnType<typeof formatsOf>): string => {
  const other = (["grpo", "dpo", "sft"] as const).find((kind) => formats[kind].some(({ fits }) => fits(row)))
  const keys = Object.keys(row).slice(0, 8).join(", ") || "none"
  return other === undefined
    ? `no ${examplesInWords[objective]} in any known format (${formats[objective].map(({ name }) => name).join(", ")}): its keys are ${keys}`
    : `${examplesInWords[other]}, which \`train ${other}\` learns from; \`train ${objective}\` needs ${examplesInWords[objective]}`
}
