import { Result, Schema } from "effect"
import type { Format } from "../formats/format.ts"
import { kindInWords } from "../text/kindInWords.ts"

/** Returned when a kind of dataset can't be written in a format. */
export class UnsupportedFormat extends Schema.TaggedError<UnsupportedFormat>()("UnsupportedFormat", {
  kind: Schema.String,
  format: Schema.String,
  supported: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${kindInWords(this.kind)} dataset can't be written as ${this.format}; choose from ${this.supported.join(", ")}`
  }
}

/** A format by the name under which it was asked for. */
export interface NamedFormat<Row> {
  readonly name: string
  readonly format: Format<Row>
}

/** The formats of those names, each once; the kind's usual ones when no name is given. */
export const chooseFormats = <Row>(
  kind: {
    readonly name: string
    readonly formats: Readonly<Record<string, Format<Row>>>
    readonly defaultFormats: ReadonlyArray<string>
  },
  names: ReadonlyArray<string>
): Result.Result<ReadonlyArray<NamedFormat<Row>>, UnsupportedFormat> =>
  Result.gen(function* () {
    const chosen: Array<NamedFormat<Row>> = []
    for (const name of new Set(names.length === 0 ? kind.defaultFormats : names)) {
      const format = Object.hasOwn(kind.formats, name) ? kind.formats[name] : undefined
      if (format === undefined) {
        const supported = Object.keys(kind.formats)
        return yield* Result.fail(new UnsupportedFormat({ kind: kind.name, format: name, supported }))
      }
      chosen.push({ name, format })
    }
    return chosen
  })
