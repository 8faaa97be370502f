import { Result, Schema } from "effect"
import { DatasetSettings } from "../../config/datasets.ts"
import type { DatasetRequest } from "../../projections/datasets/buildDataset.ts"
import type { DatasetKindName } from "../../projections/datasets/kinds.ts"

const Recorded = Schema.Struct({ datasets: DatasetSettings })
const decode = Schema.decodeUnknownResult(Recorded)

/**
 * How a run's own configuration, as its first event keeps it, asks for a dataset. So a dataset is rebuilt as the run built it,
 * wherever its configuration file is by now. A log of another release may hold a configuration that this one can't read:
 * then the kind's usual settings hold.
 */
export const recordedOrder = (config: Schema.Json, kind: DatasetKindName): DatasetRequest => {
  const recorded = Result.getOrUndefined(decode(config))?.datasets[kind]
  if (recorded === undefined) return { set: [], formats: [] }
  const { formats, ...settings } = recorded
  return { set: Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`), formats }
}

/** The recorded request with changes: later assignments win, and named formats take the place of the recorded ones. */
export const changedOrder = (recorded: DatasetRequest, changes: DatasetRequest): DatasetRequest => ({
  set: [...recorded.set, ...changes.set],
  formats: changes.formats.length > 0 ? changes.formats : recorded.formats
})
