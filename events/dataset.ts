import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"

export const DatasetBuilt = defineEvent({
  type: "DatasetBuilt",
  version: 1,
  summary: "A dataset was folded from the log and written.",
  emittedBy: "datasets build",
  schema: Schema.Struct({
    kind: field(Schema.NonEmptyString, "What it is for: `sft`, `dpo`, `rl` or `student`."),
    format: field(Schema.NonEmptyString, "The file format, e.g. `alpaca`."),
    projection: field(
      Schema.Struct({ name: Schema.NonEmptyString, version: Schema.Natural }),
      "The fold that decided its rows."
    ),
    config: field(Schema.Json, "The settings of that fold."),
    configHash: field(Schema.NonEmptyString, "sha256 of those settings."),
    firstSequence: field(Schema.Natural, "Place in the log of the first event that was folded."),
    lastSequence: field(Schema.Natural, "Place in the log of the last one."),
    rows: field(Schema.Natural, "Rows that were written."),
    files: field(
      Schema.Array(Schema.Struct({ name: Schema.String, sha256: Schema.String, bytes: Schema.Natural })),
      "The files, by name, digest and size."
    ),
    location: field(Schema.String, "The folder they were written to.")
  })
})
