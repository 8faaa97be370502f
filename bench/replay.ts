import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { datasetKinds } from "../projections/datasets/kinds.ts"
import { writeDataset } from "../projections/datasets/writeDataset.ts"
import { Broker } from "../runtime/event-log/broker.ts"
import { EventLog } from "../runtime/event-log/eventLog.ts"
import { buildDatasets } from "../runtime/projection-runner/buildDatasets.ts"
import type { Reading } from "../runtime/projection-runner/foldParts.ts"
import type { DatasetOrder } from "../runtime/projection-runner/tasks/datasets.ts"
import { quickstartLog } from "./quickstartLog.ts"
import { readLines } from "./readLines.ts"
import { alternate, inTemporaryFolder, machine, median, spread, table, whole } from "./support.ts"

/**
 * How many events a second become the three datasets, written to disk: from the broker, and from the segment cache. The
 * reference reads the same events from one file and parses each: no more than that.
 *
 *     node bench/replay.ts [--events 200000] [--repetitions 3]
 */

enableCompileCache()
const { values: options } = parseArgs({
  options: { events: { type: "string", default: "200000" }, repetitions: { type: "string", default: "3" } }
})
const events = Number(options.events)
const repetitions = Number(options.repetitions)

const parseFile = async (file: string): Promise<number> => {
  let parsed = 0
  await readLines(file, (line) => {
    if (typeof JSON.parse(line) === "object") parsed++
  })
  return parsed
}

/** The files that trainers read: Alpaca for SFT and DPO, parquet for RL. */
const forTrainers = datasetKinds.map((kind) => ({ kind, set: [], formats: [kind === "rl" ? "verl" : "alpaca"] }))

/** Those, and the RL groups with all their rollouts as JSON lines: what is written unless other formats are asked for. */
const usual = datasetKinds.map((kind) => ({ kind, set: [], formats: [] }))

/** Folds the log into all datasets and writes them. */
const replay = Effect.fnUntraced(function* (orders: ReadonlyArray<DatasetOrder>, reading: Reading, folder: string) {
  const datasets = yield* buildDatasets(orders, reading)
  return yield* Effect.forEach(datasets, (dataset) => writeDataset(join(folder, dataset.projection.name), dataset))
})

const bench = (folder: string) =>
  Effect.gen(function* () {
    const log = yield* quickstartLog(events)
    const services = yield* Layer.build(
      Layer.merge(
        NodeServices.layer,
        EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir: log.dataDir })))
      )
    )
    const cacheDir = join(folder, "cache")
    const perSecond = async (work: () => Promise<unknown>) => {
      const begun = performance.now()
      await work()
      return (events * 1000) / (performance.now() - begun)
    }
    const replayed = (orders: ReadonlyArray<DatasetOrder>, reading: Reading) => () =>
      perSecond(() => Effect.runPromiseWith(services)(replay(orders, reading, join(folder, "datasets"))))

    const manifests = yield* Effect.provideContext(replay(usual, {}, join(folder, "datasets")), services)
    const filling = yield* Effect.promise(replayed(forTrainers, { cacheDir, threads: 2 }))
    const measured = yield* Effect.promise(() =>
      alternate(repetitions, {
        "file: read and JSON.parse, no more": () => perSecond(() => parseFile(log.file)),
        "broker → datasets": replayed(forTrainers, {}),
        "segment cache, 1 thread → datasets": replayed(forTrainers, { cacheDir, threads: 1 }),
        "segment cache, 2 threads → datasets": replayed(forTrainers, { cacheDir, threads: 2 }),
        "broker → datasets and groups": replayed(usual, {}),
        "segment cache, 2 threads → datasets and groups": replayed(usual, { cacheDir, threads: 2 })
      })
    )
    return { bytes: log.bytes, filling, manifests, measured }
  }).pipe(Effect.scoped, (effect) => Effect.runPromise(effect))

const { bytes, filling, manifests, measured } = await inTemporaryFolder(bench)
const reference = measured["file: read and JSON.parse, no more"]
console.log(`${machine()}\n${whole(events)} events, ${whole(bytes / 1e6)} MB, ${repetitions} repetitions`)
for (const { files, kind, rows } of manifests) {
  const sizes = files.map(({ bytes, name }) => `${name} ${(bytes / 1e6).toFixed(1)} MB`)
  console.log(`${kind}: ${whole(rows)} rows; ${sizes.join(", ")}`)
}
console.log(`Filling the cache and building from it: ${whole(filling)} events/s, once.\n`)
console.log(
  table(
    ["way", "events/s, median [lowest–highest]", "ratio"],
    Object.entries(measured).map(([name, values]) => [
      name,
      spread(values),
      (median(values) / median(reference)).toFixed(2)
    ])
  )
)
