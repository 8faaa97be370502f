import { basename, dirname, join } from "node:path"
import { Effect, FileSystem, Option, type PlatformError, Result, Schema } from "effect"
import type { ExampleByObjective, ObjectiveKind } from "../../../actors/trainer/examples.ts"
import { datasetInfoFile } from "../../../projections/formats/format.ts"
import { forEachLine, LineError } from "../../files/jsonLines.ts"
import { lineOfElement } from "./jsonArray.ts"
import { exampleReader, examplesInWords } from "./readExamples.ts"

/** Thrown when a file can't be learnt from as a whole: it can't be read, or has no rows. */
export class ExamplesError extends Schema.TaggedError<ExamplesError>()("ExamplesError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.detail}`
  }
}

/** The examples of a file, and the format that they were written in. */
export interface LoadedExamples<Example> {
  readonly format: string
  readonly examples: ReadonlyArray<Example>
}

/**
 * Reads what an objective learns from: a file of `datasets build`, or one of the same formats by someone else. Where the format
 * does not say which characters count for the loss, all count but those inside `<result>…</result>`.
 *
 * Fails with `LineError` for the first row that is wrong, and with `ExamplesError` when there is none at all.
 */
export const loadExamples = Effect.fn("loadExamples")(function* <K extends ObjectiveKind>(
  objective: K,
  file: string
): Effect.fn.Return<LoadedExamples<ExampleByObjective[K]>, LineError | ExamplesError, FileSystem.FileSystem> {
  const examples: Array<ExampleByObjective[K]> = []
  const places = new Map<string, number>()
  const reader = exampleReader(objective, yield* columnsOf(file))
  const take = (json: unknown, line: () => number): Effect.Effect<void, LineError> => {
    const row = reader.read(json, examples.length)
    if (Result.isFailure(row)) return new LineError({ file, line: line(), detail: row.failure })
    const first = places.get(row.success.id)
    if (first !== undefined) {
      return new LineError({ file, line: line(), detail: `id "${row.success.id}" is taken by example ${first + 1}` })
    }
    places.set(row.success.id, examples.length)
    examples.push(row.success)
    return Effect.void
  }
  yield* (file.endsWith(".json") ? eachElement(file, take) : eachLine(file, take)).pipe(
    Effect.catchTag("PlatformError", (error) => new ExamplesError({ file, detail: unreadable(error) }))
  )
  const format = reader.format()
  if (format === undefined) {
    return yield* new ExamplesError({ file, detail: `there are no ${examplesInWords[objective]} in it` })
  }
  return { format, examples }
})

type Take = (json: unknown, line: () => number) => Effect.Effect<void, LineError>

const eachLine = (file: string, take: Take) =>
  forEachLine(file, (text, line) => Effect.flatMap(parse(file, text, line), (json) => take(json, () => line)))

const eachElement = Effect.fnUntraced(function* (file: string, take: Take) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file)
  const rows = yield* parse(file, text, 1)
  if (!Array.isArray(rows)) return yield* new LineError({ file, line: 1, detail: "expected a list of rows" })
  yield* Effect.forEach(rows, (row: unknown, index) => take(row, () => lineOfElement(text, index)), { discard: true })
})

/** JSON that begins on a line of the file. */
const parse = (file: string, text: string, line: number): Effect.Effect<unknown, LineError> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => {
      const detail = cause instanceof Error ? cause.message : String(cause)
      const within = /\(line (\d+) column \d+\)$/.exec(detail)?.[1] ?? "1"
      return new LineError({ file, line: line + Number(within) - 1, detail: `no JSON: ${detail}` })
    }
  })

const unreadable = ({ reason }: PlatformError.PlatformError): string =>
  reason._tag === "NotFound" ? "no such file" : `can't be read: ${reason.message}`

const decodeInfo = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Record(
      Schema.String,
      Schema.Struct({
        file_name: Schema.String,
        columns: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
      })
    )
  )
)

/** What `dataset_info.json` beside a file says about its columns, as LLaMA-Factory reads it. */
const columnsOf = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.option(fs.readFileString(join(dirname(file), datasetInfoFile)))
  return Option.flatMap(text, decodeInfo).pipe(
    Option.map((info) => Object.values(info).find(({ file_name }) => file_name === basename(file))?.columns),
    Option.getOrUndefined
  )
})
