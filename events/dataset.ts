import { Schema } from "effect"
import { defineEvent } from "./define.ts"

export const DatasetBuilt = defineEvent({
  type: "DatasetBuilt",
  version: 1,
  summary: "A dataset was folded from the log and written.",
  emittedBy: "datasets build",
  schema: Schema.Struct({
    kind: Schema.NonEmptyString,
    format: Schema.NonEmptyString,
    projection: Schema.Struct({ name: Schema.NonEmptyString, version: Schema.Natural }),
    config: Schema.Json,
    configHash: Schema.NonEmptyString,
    /** Sequences of the first and last event of the log that were folded. */
    firstSequence: Schema.Natural,
    lastSequence: Schema.Natural,
    rows: Schema.Natural,
    files: Schema.Array(Schema.Struct({ name: Schema.String, sha256: Schema.String, bytes: Schema.Natural })),
    location: Schema.String
  })
})
