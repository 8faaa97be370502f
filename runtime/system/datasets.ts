import { resolve } from "node:path"
import { Effect, Result, Schema } from "effect"
import { codec, makeEvent } from "../../events/codec.ts"
import { actorSource } from "../../events/ids.ts"
import { buildDataset, type DatasetRequest } from "../../projections/datasets/buildDataset.ts"
import { type DatasetKindName, withDatasetKind } from "../../projections/datasets/kinds.ts"
import type { Manifest } from "../../projections/datasets/manifest.ts"
import { writeDataset } from "../../projections/datasets/writeDataset.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { now } from "../now.ts"
import { foldLog } from "../projection-runner/foldLog.ts"
import { ofRun } from "../projection-runner/ofRun.ts"
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

/** What a dataset is made from and where it goes; what it leaves open is as the run's configuration has it. */
export interface BuildRequest extends DatasetRequest {
  readonly kind: DatasetKindName
  readonly run: string
  /** Last sequence to fold; the head when absent. */
  readonly to?: number
  readonly folder: string
}

/** A dataset that was written. */
export interface BuiltDataset {
  readonly folder: string
  readonly manifest: Manifest
}

/** Folds the log into one dataset, writes it, and records in the log that it was built. Asks no model. */
export const buildRunDataset = Effect.fn("buildRunDataset")(function* (request: BuildRequest) {
  const folder = resolve(request.folder)
  const manifest = yield* withDatasetKind(request.kind, (kind) =>
    Effect.gen(function* () {
      const folded = yield* foldLog(ofRun(kind, request.run), request.to === undefined ? {} : { to: request.to })
      const { runs } = kind.historyOf(folded.state)
      const recorded = recordedOrder(runs.get(request.run)?.started.config ?? {}, request.kind)
      const dataset = yield* Effect.fromResult(
        buildDataset(
          kind,
          { runs, first: folded.first, last: folded.last },
          changedOrder(recorded, request),
          (config) => kind.rows(folded.state, config)
        )
      )
      return yield* writeDataset(folder, dataset)
    })
  )
  yield* recordBuilt(request.run, folder, manifest)
  const built: BuiltDataset = { folder, manifest }
  return built
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
