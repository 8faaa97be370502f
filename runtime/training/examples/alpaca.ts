import { Result, Schema } from "effect"
import type { Row } from "./rowFormat.ts"

/** The columns of LLaMA-Factory's alpaca format: which key of a row holds what. */
export type Columns = Readonly<Record<string, string>>

/** Where `dataset_info.json` says nothing. */
const standardColumns: Columns = {
  system: "system",
  prompt: "instruction",
  query: "input",
  response: "output",
  chosen: "chosen",
  rejected: "rejected"
}

/** Reads the columns of a row; one that is named must be a text, and those that ask may be missing. */
export const alpacaReader = (columns: Columns | undefined) => {
  const known = columns ?? standardColumns
  const keyOf = (column: string) => known[column] ?? standardColumns[column] ?? column
  const optionalText = (row: Row, column: string): string => {
    const key = known[column]
    const value = key === undefined ? undefined : row[key]
    return typeof value === "string" ? value : ""
  }
  const text = (row: Row, column: string): Result.Result<string, string> => {
    const value = row[keyOf(column)]
    return Schema.is(Schema.NonEmptyString)(value)
      ? Result.succeed(value)
      : Result.fail(`expected "${keyOf(column)}" to be a non-empty text`)
  }
  return {
    keyOf,
    text,
    /** LLaMA-Factory joins prompt and query by a line break. */
    asked: (row: Row) => ({
      system: optionalText(row, "system"),
      user: [optionalText(row, "prompt"), optionalText(row, "query")].filter((part) => part !== "").join("\n")
    })
  }
}
