import { Schema } from "effect"
import type { DatasetRow } from "./dataset.ts"

/** Where every row of a dataset came from: one line a row, in the order of the data files' rows. */
export const lineageFile = "lineage.jsonl"

export const LineageLine = Schema.Struct({
  /** Of the row. */
  id: Schema.NonEmptyString,
  trajectories: Schema.NonEmptyArray(Schema.NonEmptyString),
  queries: Schema.Array(Schema.NonEmptyString),
  /** Ids of events in the log. */
  events: Schema.NonEmptyArray(Schema.NonEmptyString)
})
export type LineageLine = typeof LineageLine.Type

export const lineageOfRow = ({ id, lineage }: DatasetRow): object => ({
  id,
  trajectories: lineage.trajectories,
  queries: lineage.queries,
  events: lineage.events
})

export const decodeLineageLine = Schema.decodeUnknownResult(Schema.fromJsonString(LineageLine))
