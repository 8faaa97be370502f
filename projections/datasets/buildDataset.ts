import { Result, Schema } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import type { Run } from "../history/history.ts"
import type { DatasetKind, DatasetRow } from "./dataset.ts"
import { chooseFormats, type NamedFormat, type UnsupportedFormat } from "./formats.ts"
import type { Manifest } from "./manifest.ts"
import { configure, type DatasetSettingsError } from "./settings.ts"

/** A dataset that is ready to be written: its rows in canonical order, and what the manifest says about them. */
export interface Dataset<Row extends DatasetRow> {
  readonly projection: Manifest["projection"]
  readonly config: Schema.Json
  readonly formats: ReadonlyArray<NamedFormat<Row>>
  readonly runs: ReadonlyArray<string>
  /** Sequences of the first and last event of the log that were folded. */
  readonly firstSequence: number
  readonly lastSequence: number
  readonly rows: ReadonlyArray<Row>
}

/** How a dataset is asked for on the command line. */
export interface DatasetRequest {
  /** Assignments such as `novelty.maxOverlap=0`; see `configure`. */
  readonly set: ReadonlyArray<string>
  /** Names of file formats; none for the kind's usual ones. */
  readonly formats: ReadonlyArray<string>
}

/** What was folded: the runs in it, and its first and last sequence in the log. */
export interface FoldedRange {
  readonly runs: ReadonlyMap<string, Run>
  readonly first: number
  readonly last: number
}

/**
 * Makes a dataset of what was folded. `rowsOf` gives its rows in canonical order: those of one state, or those of the
 * parts of a divided log, merged.
 */
export const buildDataset = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  folded: FoldedRange,
  request: DatasetRequest,
  rowsOf: (config: Config) => Iterable<Row>
): Result.Result<Dataset<Row>, DatasetSettingsError | UnsupportedFormat> =>
  Result.gen(function* () {
    const formats = yield* chooseFormats(kind, request.formats)
    const config = yield* configure(kind.settings, folded.runs.values(), request.set)
    return {
      projection: { name: kind.name, version: kind.version },
      config: asJson(config),
      formats,
      runs: [...folded.runs.keys()].sort(),
      firstSequence: folded.first,
      lastSequence: folded.last,
      rows: [...rowsOf(config)]
    }
  })

const asJson = Schema.decodeUnknownSync(Schema.Json)
