import { Result, Schema } from "effect"
import type { Answer } from "../../../actors/trainer/examples.ts"
import { findingsOf } from "../../../config/issues.ts"
import { resultSpans } from "../../../method/protocol.ts"
import { complement } from "../../../projections/datasets/target.ts"

/** How the rows of one file format become examples. */
export interface RowFormat<Example> {
  readonly name: string
  /** Whether a row is of this format, by its keys alone. */
  readonly fits: (row: Row) => boolean
  /** Reads a row that fits; fails with what is wrong with it. */
  readonly read: (row: Row) => Result.Result<Unnamed<Example>, string>
}

/** A row as the file has it. */
export type Row = Readonly<Record<string, unknown>>

/** An example that may have no id of its own. */
export type Unnamed<Example> = Omit<Example, "id"> & { readonly id?: string | undefined }

export const isRow = (json: unknown): json is Row => typeof json === "object" && json !== null && !Array.isArray(json)

/** A format whose rows a schema describes. */
export const rowFormat = <Example, Fields>(
  name: string,
  fits: (row: Row) => boolean,
  schema: Schema.Codec<Fields, unknown>,
  example: (fields: Fields) => Unnamed<Example>
): RowFormat<Example> => {
  const decode = Schema.decodeUnknownResult(schema)
  return {
    name,
    fits,
    read: (row) =>
      decode(row, { errors: "first", reportInput: true }).pipe(
        Result.map(example),
        Result.mapError(({ issue }) => findingsOf(issue)[0]?.message ?? "unreadable")
      )
  }
}

/** Pairs `[start, end]`, as the jsonl formats write spans. */
const Spans = Schema.Array(
  Schema.Tuple([Schema.Natural, Schema.Natural]).check(
    Schema.makeFilter(([start, end]) => start <= end, { expected: "[start, end] with start ≤ end" })
  )
)

const fieldsOfAnswer = { text: Schema.NonEmptyString, loss: Spans }
const isInside = ({ text, loss }: { readonly text: string; readonly loss: typeof Spans.Type }): boolean =>
  loss.every(([start, end], i) => end <= text.length && start >= (loss[i - 1]?.[1] ?? 0))
const inside = { expected: "spans of `loss` in order, apart, and inside `text`" }

/** A struct with a text and its loss spans, checked against each other. */
export const answerWith = <const Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct({ ...fieldsOfAnswer, ...fields }).check(
    Schema.makeFilter((value) => isInside(value as Schema.Struct.Type<typeof fieldsOfAnswer>), inside)
  )

/** The answer of a format that says what counts. */
export const answerOf = ({ text, loss }: Schema.Struct.Type<typeof fieldsOfAnswer>): Answer => ({
  text,
  loss: loss.map(([start, end]) => ({ start, end }))
})

/** The answer of a format that does not: all of it counts but the results that the environment wrote. */
export const maskedAnswer = (text: string): Answer => ({ text, loss: complement(resultSpans(text), text.length) })
