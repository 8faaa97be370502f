import { mkdirSync, statSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { writeDataset } from "../projections/datasets/writeDataset.ts"
import { Broker } from "../runtime/event-log/broker.ts"
import { EventLog } from "../runtime/event-log/eventLog.ts"
import { buildDatasets } from "../runtime/projection-runner/buildDatasets.ts"
import { buildHistory } from "../runtime/projection-runner/buildHistory.ts"
import type { Reading } from "../runtime/projection-runner/foldParts.ts"
import { quickstartLog } from "./quickstartLog.ts"
import { rebuildFromJudged, rebuildFromScored, writeTrajectories } from "./scoredFile.ts"
import { alternate, inTemporaryFolder, machine, median, spread, table, whole } from "./support.ts"

/**
 * How many trajectories a second become the SFT and the DPO dataset, from the log and by a straightforward script.
 *
 * The script's file holds trajectories as a rollout and a judge leave them; the script scores answers, formats and novelty by the same
 * functions as the log's projections, and writes rows alone. A second script finds all that scored already. From the log, every score
 * is found in its event, and lineage, checksums and manifest are written and waited for until they are on the disk.
 *
 *     node bench/rebuild.ts [--events 200000] [--repetitions 3]
 */

enableCompileCache()
const { values: options } = parseArgs({
  options: { events: { type: "string", default: "200000" }, repetitions: { type: "string", default: "3" } }
})
const events = Number(options.events)

const script = "script over one JSON file"
const orders = (["sft", "dpo"] as const).map((kind) => ({ kind, set: [], formats: [] }))

const rebuild = Effect.fnUntraced(function* (reading: Reading, folder: string) {
  const datasets = yield* buildDatasets(orders, reading)
  return yield* Effect.forEach(datasets, (dataset) => writeDataset(join(folder, dataset.projection.name), dataset))
})

const bench = (folder: string) =>
  Effect.gen(function* () {
    const log = yield* quickstartLog(events)
    const broker = Broker.layer({ kind: "embedded", dataDir: log.dataDir })
    const services = yield* Layer.build(
      Layer.merge(NodeServices.layer, EventLog.layer.pipe(Layer.provideMerge(broker)))
    )
    const run = Effect.runPromiseWith(services)

    const files = { judged: join(folder, "judged.json"), scored: join(folder, "scored.json") }
    const { history } = yield* Effect.provideContext(buildHistory({}), services)
    const trajectories = writeTrajectories(files, history)
    const cacheDir = join(folder, "cache")
    yield* Effect.provideContext(buildHistory({ cacheDir }), services)

    const perSecond = async (work: () => Promise<unknown>) => {
      const begun = performance.now()
      await work()
      return (trajectories * 1000) / (performance.now() - begun)
    }
    const rebuilt = (reading: Reading) => () => perSecond(() => run(rebuild(reading, folder)))
    const byScript = join(folder, "script")
    mkdirSync(byScript)
    const expected = rebuildFromJudged(files.judged, byScript)
    const manifests = yield* Effect.provideContext(rebuild({ cacheDir }, folder), services)
    const measured = yield* Effect.promise(() =>
      alternate(Number(options.repetitions), {
        [script]: () => perSecond(async () => rebuildFromJudged(files.judged, byScript)),
        "the same, answers and novelty scored before": () =>
          perSecond(async () => rebuildFromScored(files.scored, byScript)),
        "log, from the broker": rebuilt({}),
        "log, from the segment cache, 1 thread": rebuilt({ cacheDir, threads: 1 }),
        "log, from the segment cache, 2 threads": rebuilt({ cacheDir, threads: 2 })
      })
    )
    return { trajectories, size: statSync(files.judged).size, expected, manifests, measured, bytes: log.bytes }
  }).pipe(Effect.scoped, (effect) => Effect.runPromise(effect))

const { bytes, expected, manifests, measured, size, trajectories } = await inTemporaryFolder(bench)
for (const { kind, rows } of manifests) {
  const found = kind === "sft" ? expected.sft : expected.dpo
  if (rows !== found) throw new Error(`${kind}: ${rows} rows from the log, ${found} by the script`)
}
console.log(`${machine()}\n${whole(trajectories)} trajectories: ${whole(size / 1e6)} MB as one JSON file,`)
console.log(`${whole(bytes / 1e6)} MB as a log of ${whole(events)} events; ${options.repetitions} repetitions.`)
console.log(`Both ways: ${expected.sft} rows of SFT, ${expected.dpo} of DPO.\n`)
const reference = median(measured[script])
console.log(
  table(
    ["way", "trajectories/s, median [lowest–highest]", "ratio"],
    Object.entries(measured).map(([name, values]) => [name, spread(values), (median(values) / reference).toFixed(2)])
  )
)
