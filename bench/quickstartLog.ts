import { hash } from "node:crypto"
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { Context, Effect, Layer } from "effect"
import { type Generation, LanguageModel } from "../actors/languageModel.ts"
import type { Retriever } from "../actors/retrieval/retriever.ts"
import { loadSettings } from "../config/load.ts"
import { codec } from "../events/codec.ts"
import type { AnyEvent } from "../events/envelope.ts"
import { registry } from "../events/registry.ts"
import { Broker } from "../runtime/event-log/broker.ts"
import { EventLog } from "../runtime/event-log/eventLog.ts"
import { renamed } from "../runtime/system/performRun.ts"
import { planRun } from "../runtime/system/planRun.ts"
import { actorServices } from "../runtime/system/services.ts"
import { playRun } from "./playedRun.ts"
import { root, whole } from "./support.ts"

/** A log as the quickstart makes it, in a broker's folder and as lines of one file. */
export interface QuickstartLog {
  /** For an embedded broker. */
  readonly dataDir: string
  /** The same events, one a line. */
  readonly file: string
  readonly bytes: number
}

/** Four rollouts of each question, so that the groups of the RL dataset hold different ones. */
const changes = ["run.samples=4", "policy.sampling.temperature=1"]

/**
 * A log of so many events: the quickstart's run, over and over under other names. It is made once and kept in the folder for
 * temporary files.
 */
export const quickstartLog = Effect.fnUntraced(function* (events: number) {
  const vocabulary = Object.values(registry).map(({ type, version }) => `${type}:${version}`)
  const key = hash("sha256", [...changes, ...vocabulary, events].join("\n"), "hex").slice(0, 12)
  const folder = join(tmpdir(), `smartsearch-bench-log-${key}`)
  const log = { dataDir: join(folder, "broker"), file: join(folder, "events.ndjson") }
  if (!existsSync(folder)) {
    process.stdout.write(`Making a log of ${whole(events)} events in ${folder}, once.\n`)
    const part = `${folder}.part`
    rmSync(part, { recursive: true, force: true })
    mkdirSync(part)
    yield* fill(join(part, "broker"), join(part, "events.ndjson"), events)
    renameSync(part, folder)
  }
  return { ...log, bytes: statSync(log.file).size } satisfies QuickstartLog
})

const batchSize = 1000

const fill = (dataDir: string, file: string, count: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const lines = openSync(file, "w")
    let batch: Array<AnyEvent> = []
    let left = count
    for (const event of yield* manyRuns) {
      batch.push(event)
      left--
      if (batch.length < batchSize && left > 0) continue
      writeSync(lines, batch.map((stored) => `${codec.encode(stored)}\n`).join(""))
      yield* log.append(batch)
      batch = []
      if (left === 0) break
    }
    closeSync(lines)
  }).pipe(
    Effect.provide(EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir })))),
    Effect.scoped
  )

/** The events of run after run, without end. What models answered in the first one, they answer in the others. */
const manyRuns = Effect.gen(function* () {
  const settings = yield* loadSettings({ config: "quickstart", set: changes, workingFolder: root })
  const plan = yield* planRun(settings)
  const services = remembering(yield* Layer.build(actorServices(settings, [plan.retriever])))
  return (function* () {
    for (let run = 1; ; run++) yield* playRun(renamed(plan, `quickstart-${run}`), services)
  })()
}).pipe(Effect.provide(Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerUndici)))

const remembering = (services: Context.Context<LanguageModel | Retriever>) => {
  const { generate } = Context.get(services, LanguageModel)
  const known = new Map<string, Generation>()
  return Context.add(services, LanguageModel, {
    generate: (request) => {
      const key = `${request.sampling.seed}\n${request.user}\n${request.assistant}`
      const answer = known.get(key)
      if (answer !== undefined) return Effect.succeed(answer)
      return Effect.tap(generate(request), (generation) => Effect.sync(() => known.set(key, generation)))
    }
  })
}
