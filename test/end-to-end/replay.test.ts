import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { Broker } from "../../runtime/event-log/broker.ts"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import type { LogMessage } from "../../runtime/event-log/reader.ts"
import { eventStream } from "../../runtime/event-log/streams.ts"
import { forgetProgress, untilIdle } from "../support/actors.ts"
import { questionsEach } from "../support/configuration.ts"
import { build, buildAll, type Digests, digestsOf } from "../support/datasets.ts"
import { exportEvents, ofType, readExport } from "../support/events.ts"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const timeAt = (millis: number): string => new Date(millis).toISOString()

/** A run over 60 questions, its datasets, and its log in a file. */
class Performed extends Context.Service<
  Performed,
  { readonly workspace: Workspace; readonly datasets: Digests; readonly exported: string }
>()("test/replay/Performed") {
  static readonly layer = Layer.effect(
    Performed,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      yield* workspace.ok(["run", "rollout", "--run", "replayed", ...questionsEach(20)])
      const exported = workspace.path("events.ndjson")
      const events = yield* exportEvents(workspace)
      assert.strictEqual(ofType(events, "RunCompleted").length, 1)
      const datasets = yield* buildAll(workspace, "first")
      return { workspace, datasets, exported }
    })
  )
}

const Report = Schema.Struct({
  events: Schema.Int,
  duplicates: Schema.Int,
  unreadable: Schema.Array(Schema.Json),
  problems: Schema.Array(Schema.String)
})

const Imported = Schema.Struct({ events: Schema.Int, stored: Schema.Int, duplicates: Schema.Int })

/** Makes the broker forget at once which ids it has seen, as it does by itself two minutes after each of them. */
const forgetIds = Effect.gen(function* () {
  const { manager } = yield* Broker
  yield* Effect.promise(() => manager.streams.update(eventStream, { duplicate_window: 100e6 }))
  yield* Effect.sleep("200 millis")
})

/** Stores a second copy of every event of the log, behind all of them. */
const storeAgain = Effect.gen(function* () {
  const log = yield* EventLog
  const messages: Array<LogMessage> = []
  yield* log.read({}, (message) => messages.push(message))
  const stored = yield* log.appendRaw(
    messages.map((message) => ({
      subject: `smartsearch.evt.${message.type}.replayed`,
      body: message.text(),
      messageId: `copy-${message.sequence}`,
      headers: { "ce-type": message.type }
    }))
  )
  assert.isFalse(stored.some(({ duplicate }) => duplicate))
})

layer(Performed.layer, { excludeTestServices: true, timeout: patience })("replay", (it) => {
  it.effect("datasets that were deleted come back byte for byte, lineage included", () =>
    Effect.gen(function* () {
      const { workspace, datasets } = yield* Performed
      for (const [kind, files] of Object.entries(datasets)) {
        assert.isAbove(Object.keys(files).length, 1, kind)
        assert.property(files, "lineage.jsonl", kind)
      }
      rmSync(workspace.path("first"), { recursive: true })
      assert.deepStrictEqual(yield* buildAll(workspace, "first"), datasets)
    })
  )

  it.effect("an exported log gives the same datasets in another place, and importing it again stores nothing", () =>
    Effect.gen(function* () {
      const { workspace, datasets, exported } = yield* Performed
      const elsewhere = workspace.withLog("elsewhere")
      const first = yield* elsewhere.json(Imported, ["log", "import", exported])
      assert.strictEqual(first.stored, first.events)
      const second = yield* elsewhere.json(Imported, ["log", "import", exported])
      assert.deepStrictEqual(second, { events: first.events, stored: 0, duplicates: first.events })
      assert.deepStrictEqual(yield* buildAll(elsewhere, "elsewhere-datasets"), datasets)
    })
  )

  it.effect("events that lie in the log twice, and actors that handle all of them again, change nothing", () =>
    Effect.gen(function* () {
      const { workspace, datasets, exported } = yield* Performed
      const twice = workspace.withLog("twice")
      // Without its end, so that the actors take the run for one that they have to go on with.
      const unfinished = workspace.path("unfinished.ndjson")
      const lines = readFileSync(exported, "utf8").trimEnd().split("\n")
      writeFileSync(unfinished, lines.filter((line) => !line.includes('"type":"RunCompleted"')).join("\n"))
      const { stored } = yield* twice.json(Imported, ["log", "import", unfinished])
      assert.strictEqual(stored, lines.length - 1)
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* forgetIds
        yield* storeAgain
        assert.strictEqual(yield* log.head, 2 * stored)
        yield* forgetProgress
        const up = yield* twice.start(["up", ...questionsEach(20)])
        yield* up.until("Hosting")
        yield* untilIdle(120)
        yield* up.signal("SIGINT")
        assert.strictEqual((yield* up.ended).code, 130)
        assert.isAbove(yield* log.head, 3 * stored, "the actors stored what they decided once more")
      }).pipe(Effect.scoped, Effect.provide(twice.log))

      const report = yield* twice.json(Report, ["log", "verify"])
      assert.deepStrictEqual(report.unreadable, [])
      assert.deepStrictEqual(report.problems, [])
      assert.strictEqual(report.events - report.duplicates, lines.length, "nobody decided anything new but the end")
      assert.deepStrictEqual(yield* buildAll(twice, "twice-datasets"), datasets)
    })
  )

  it.effect("a dataset up to a sequence is that of the log as it was then", () =>
    Effect.gen(function* () {
      const { workspace, datasets, exported } = yield* Performed
      const completed = ofType(readExport(exported), "TrajectoryCompleted")
      const middle = completed[Math.floor(completed.length / 2)]
      const sequence = String(readExport(exported).findIndex(({ id }) => id === middle?.id) + 1)
      const then = workspace.withLog("then")
      yield* workspace.ok(["log", "export", workspace.path("half.ndjson"), "--to", sequence])
      yield* then.ok(["log", "import", workspace.path("half.ndjson")])
      const upTo = yield* build(workspace, "rl", "up-to", ["--to-seq", sequence])
      assert.strictEqual(String(upTo.lastSequence), sequence)
      assert.deepStrictEqual(digestsOf(upTo), digestsOf(yield* build(then, "rl", "then")))
      assert.notDeepEqual(digestsOf(upTo), datasets.rl)
    })
  )

  it.effect("a dataset as of a moment is that of the sequence the log had reached by then", () =>
    Effect.gen(function* () {
      const { workspace, exported } = yield* Performed
      const events = readExport(exported)
      const [{ time: started } = { time: "" }] = ofType(events, "RunStarted")
      const [{ time: completed } = { time: "" }] = ofType(events, "RunCompleted")
      const between = timeAt((Date.parse(started) + Date.parse(completed)) / 2)
      const asOf = yield* build(workspace, "rl", "as-of", ["--as-of", between])
      assert.isAbove(asOf.lastSequence, 60)
      assert.isBelow(asOf.lastSequence, events.length)
      const upTo = yield* build(workspace, "rl", "as-of-sequence", ["--to-seq", String(asOf.lastSequence)])
      assert.deepStrictEqual(digestsOf(asOf), digestsOf(upTo))

      const before = timeAt(Date.parse(started) - 60_000)
      const nothing = [
        "datasets",
        "build",
        "rl",
        "--run",
        "replayed",
        "--as-of",
        before,
        "--out",
        workspace.path("none")
      ]
      const { code, stderr } = yield* workspace.run(nothing)
      assert.strictEqual(code, 1)
      assert.match(stderr, /^smartsearch: no RunStarted in this part of the log.*\n$/)
    })
  )
})
