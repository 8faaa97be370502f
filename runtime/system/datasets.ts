import { dirname, resolve } from "node:path"
import { Effect, Result, Schema } from "effect"
import { codec, makeEvent } from "../../events/codec.ts"
import { actorSource } from "../../events/ids.ts"
import type { DatasetRequest } from "../../projections/datasets/buildDataset.ts"
import type { DatasetKindName } from "../../projections/datasets/kinds.ts"
import type { Manifest } from "../../projections/datasets/manifest.ts"
import { DatasetWriteError } from "../../projections/datasets/replaceFolder.ts"
import { writeDataset } from "../../projections/datasets/writeDataset.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { checkFolder } from "../files/folders.ts"
import { now } from "../now.ts"
import { buildDatasets } from "../projection-runner/buildDatasets.ts"
import { SegmentFolder } from "../projection-runner/segmentFolder.ts"
import { changedOrder, recordedOrder } from "./recordedOrder.ts"

/** Thrown when a command needs a run and the log has none, or none of that name. */
export class NoSuchRun extends Schema.TaggedError<NoSuchRun>()("NoSuchRun", {
  runId: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const known = this.known.length === 0 ? "the log has no run yet" : `the log has ${this.known.join(", ")}`
    return this.runId === "" ? known : `no run "${this.runId}": ${known}`
  }
}

/** The runs of the log, in order of their start. */
export const runsOfLog = Effect.gen(function* () {
  const log = yield* EventLog
  const runs = new Set<string>()
  yield* log.read({ types: ["RunStarted"] }, (message) => {
    const event = Result.getOrUndefined(codec.decode(message.text()))
    if (event !== undefined) runs.add(event.runid)
  })
  return [...runs]
})

/** The run of that name, or the newest one when no name is given. */
export const chooseRun = Effect.fnUntraced(function* (name: string | undefined) {
  const known = yield* runsOfLog
  const run = name ?? known.at(-1)
  if (run === undefined || !known.includes(run)) return yield* new NoSuchRun({ runId: name ?? "", known })
  return run
})

/** What a dataset is called for; what it leaves open is as the run's configuration has it. */
export interface Wanted extends DatasetRequest {
  readonly kind: DatasetKindName
  readonly folder: string
}

/** A dataset that was written. */
export interface BuiltDataset {
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * Folds a run into datasets, in one reading of the log, up to a position or a moment (the head when absent); writes them, and
 * records in the log that they were built. Asks no model.
 */
export const buildRunDatasets = Effect.fn("buildRunDatasets")(function* (
  run: string,
  wanted: ReadonlyArray<Wanted>,
  to?: number | Date
) {
  yield* Effect.forEach(wanted, checkPlace, { discard: true })
  const config = yield* recordedConfig(run)
  const cacheDir = yield* SegmentFolder
  const orders = wanted.map((one) => ({ kind: one.kind, ...changedOrder(recordedOrder(config, one.kind), one) }))
  const datasets = yield* buildDatasets(orders, {
    run,
    ...(to === undefined ? {} : { to }),
    ...(cacheDir === undefined ? {} : { cacheDir })
  })
  const built: Array<BuiltDataset> = []
  for (const [index, dataset] of datasets.entries()) {
    const folder = resolve(wanted[index]?.folder ?? "")
    const manifest = yield* writeDataset(folder, dataset)
    yield* recordBuilt(run, folder, manifest)
    built.push({ folder, manifest })
  }
  return built
})

/** Fails when a dataset could not be written to its place: it is built beside it and moved there. */
const checkPlace = ({ folder }: Wanted): Effect.Effect<void, DatasetWriteError> =>
  Effect.mapError(
    checkFolder(dirname(resolve(folder))),
    ({ detail }) => new DatasetWriteError({ reason: "disk", folder, detail })
  )

/** The configuration that a run was started with, as its first event keeps it. */
const recordedConfig = Effect.fnUntraced(function* (run: string) {
  const log = yield* EventLog
  let config: Schema.Json = {}
  yield* log.read({ types: ["RunStarted"], run }, (message) => {
    const event = Result.getOrUndefined(codec.decode(message.text()))
    if (event?.type === "RunStarted") config = event.data.config
  })
  return config
})

const source = actorSource("command-datasets", "1")

const recordBuilt = Effect.fnUntraced(function* (runid: string, location: string, manifest: Manifest) {
  const log = yield* EventLog
  const { kind, format, projection, config, configHash, firstSequence, lastSequence, rows } = manifest
  const files = manifest.files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes }))
  const time = yield* now
  const event = makeEvent(
    {
      type: "DatasetBuilt",
      subject: `${runid}/${kind}`,
      data: { kind, format, projection, config, configHash, firstSequence, lastSequence, rows, files, location }
    },
    {
      source,
      runid,
      causationid: `dataset:${kind}:${configHash}:${lastSequence}:${time}`,
      correlationid: runid,
      ordinal: 0,
      time
    }
  )
  yield* log.append([event])
})
