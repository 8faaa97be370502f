import { Effect, Result } from "effect"
import { buildDataset, type Dataset } from "../../projections/datasets/buildDataset.ts"
import { mergeRows } from "../../projections/datasets/dataset.ts"
import type { UnsupportedFormat } from "../../projections/datasets/formats.ts"
import { withDatasetKind } from "../../projections/datasets/kinds.ts"
import { formatsOfRendered, type RenderedRow } from "../../projections/datasets/renderRows.ts"
import type { DatasetSettingsError } from "../../projections/datasets/settings.ts"
import type { Broker } from "../event-log/broker.ts"
import type { ReadError } from "../event-log/errors.ts"
import type { EventLog } from "../event-log/eventLog.ts"
import { foldParts, type Reading } from "./foldParts.ts"
import { type DatasetOrder, datasetsTask } from "./tasks/datasets.ts"
import type { ThreadError } from "./threads/thread.ts"

/** Datasets that are ready to be written, in the order in which they were ordered; one reading of the log serves them all. */
export const buildDatasets = (
  orders: ReadonlyArray<DatasetOrder>,
  reading: Reading
): Effect.Effect<
  ReadonlyArray<Dataset<RenderedRow>>,
  ReadError | ThreadError | DatasetSettingsError | UnsupportedFormat,
  EventLog | Broker
> =>
  Effect.gen(function* () {
    const { parts, first, last } = yield* foldParts(datasetsTask, orders, reading)
    const folded = { runs: parts[0]?.runs ?? new Map(), first, last }
    return yield* Effect.forEach(orders, (order, i) => {
      const rows = mergeRows<RenderedRow>(parts.map((part) => part.rows[i] ?? []))
      return Effect.fromResult(
        withDatasetKind(order.kind, (kind) =>
          Result.map(
            buildDataset(kind, folded, order, () => []),
            (dataset): Dataset<RenderedRow> => ({
              ...dataset,
              formats: formatsOfRendered(dataset.formats),
              rows
            })
          )
        )
      )
    })
  })
