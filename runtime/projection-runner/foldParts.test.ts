import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { encode } from "../../projections/formats/format.ts"
import { foldHistory } from "../../projections/history/fold.ts"
import { emptyHistory } from "../../projections/history/history.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { logOver, ownLog, temporaryFolder } from "../event-log/testing/servers.ts"
import { buildDatasets } from "./buildDatasets.ts"
import { buildHistory } from "./buildHistory.ts"
import type { Reading } from "./foldParts.ts"
import { tell, tellNonsense, toldEvents } from "./testing/toldLog.ts"

const moment = (millis: number): Date => new Date(millis)

const events = toldEvents(60)

/** Small segments, so that a short log has enough of them for two threads. */
const cacheIn = (folder: string) => ({ cacheDir: folder, segmentSize: 64 })

const condensedIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.condensed-[0-9a-f]+$/.test(name))
    .map((name) => join(folder, name))
    .sort()

/** Changes the bodies of every segment, and nothing else. */
const spoil = (folder: string, from: string, to: string) => {
  for (const file of files(folder, ".ndjson")) writeFileSync(file, readFileSync(file, "utf8").replaceAll(from, to))
}

const warnings: Array<string> = []
const heard = Logger.layer([Logger.make(({ message }) => void warnings.push(String(message)))])

const files = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort()

/** The student dataset wants more of the events than a condensed history has; the others do with that. */
const kinds = { condensed: ["sft", "dpo", "rl"], all: ["sft", "dpo", "rl", "student"] } as const

/** The bytes of the data files of datasets, and where their rows came from. */
const datasetBytes = (reading: Reading, wanted: keyof typeof kinds = "all") =>
  Effect.map(buildDatasets(ordersOf(wanted), reading), (datasets) =>
    datasets.map(({ formats, rows, firstSequence, lastSequence, config }) => ({
      files: formats.map(({ format }) =>
        Buffer.concat(Array.from(encode(format, rows), (piece) => Buffer.from(piece)))
      ),
      lineage: rows.map(({ id, lineage }) => ({ id, lineage })),
      firstSequence,
      lastSequence,
      config
    }))
  )

const ordersOf = (wanted: keyof typeof kinds) => kinds[wanted].map((kind) => ({ kind, set: [], formats: [] }))

const ways = (folder: string): Readonly<Record<string, Reading>> => ({
  broker: {},
  "cache, one thread": { ...cacheIn(folder), threads: 1 },
  "cache, two threads": { ...cacheIn(folder), threads: 2 }
})

layer(Layer.mergeAll(NodeServices.layer, ownLog, heard), { excludeTestServices: true })("folding a log", (it) => {
  describe("from the broker, from the cache, on two threads", () => {
    it.effect("is the same history and the same bytes, with duplicates and nonsense in the log", () =>
      Effect.gen(function* () {
        yield* tell(events.slice(0, -20))
        yield* tellNonsense
        yield* tell(events.slice(-20))
        const folder = yield* temporaryFolder
        const log = yield* EventLog
        const head = yield* log.head
        const expected = foldHistory(emptyHistory(), events)
        const bytes = yield* datasetBytes({})
        const fewer = yield* datasetBytes({}, "condensed")
        assert.isAbove(bytes[0]?.files[0]?.length ?? 0, 10_000)
        assert.deepStrictEqual(fewer, bytes.slice(0, 3))
        for (const [way, reading] of Object.entries(ways(folder))) {
          const { first, history, last, unreadable } = yield* buildHistory(reading)
          assert.deepStrictEqual({ first, last, unreadable }, { first: 1, last: head, unreadable: 3 }, way)
          assert.deepStrictEqual(history, expected, way)
          assert.deepStrictEqual(yield* datasetBytes(reading), bytes, way)
          assert.deepStrictEqual(yield* datasetBytes(reading, "condensed"), fewer, way)
        }
        assert.strictEqual(files(folder, ".index").length, Math.floor(head / 64))
        assert.strictEqual(condensedIn(folder).length, Math.floor(head / 64))
      })
    )

    it.effect("is the same for one run and for a range", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        yield* buildHistory(cacheIn(folder))
        for (const part of [
          { run: "other" },
          { from: 100, to: 900 },
          { run: "run", from: 65, to: 128 },
          { from: 900 }
        ]) {
          const [expected, ...others] = yield* Effect.forEach(Object.values(ways(folder)), (way) =>
            buildHistory({ ...way, ...part })
          )
          for (const other of others) assert.deepStrictEqual(other, expected)
          assert.isAbove(expected?.history.questions.size ?? 0, 0)
          const [bytes, ...otherBytes] = yield* Effect.forEach(Object.values(ways(folder)), (way) =>
            Effect.result(datasetBytes({ ...way, ...part }, "condensed"))
          )
          for (const other of otherBytes) assert.deepStrictEqual(other, bytes)
        }
      })
    )

    it.effect("is the same as what is known at a moment", () =>
      Effect.gen(function* () {
        const all = yield* buildHistory({})
        const told = Date.parse(events[0]?.time ?? "")
        assert.deepStrictEqual(yield* buildHistory({ to: moment(told) }), all)
        assert.deepStrictEqual(yield* buildHistory({ from: moment(told) }), all)
        assert.deepInclude(yield* buildHistory({ to: moment(told - 1) }), { first: 0, last: 0 })
        assert.deepInclude(yield* buildHistory({ from: moment(told + 1) }), { first: 0, last: 0 })
      })
    )
  })

  describe("the cache", () => {
    it.effect("changes nothing when it is deleted", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = cacheIn(folder)
        const before = yield* buildHistory(cache)
        rmSync(folder, { recursive: true })
        assert.deepStrictEqual(yield* buildHistory(cache), before)
        assert.isAbove(files(folder, ".index").length, 0)
      })
    )

    it.effect("is filled by who wants most of the log", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = cacheIn(folder)
        const filled = () => files(folder, ".index").length
        yield* buildHistory({ ...cache, run: "other" })
        yield* buildHistory({ ...cache, from: 1, to: 3 * 64 })
        assert.strictEqual(filled(), 0)
        yield* buildHistory({ ...cache, from: 1, to: 4 * 64 })
        assert.strictEqual(filled(), 4)
        yield* buildHistory({ ...cache, run: "run" })
        assert.isAbove(filled(), 4)
      })
    )

    it.effect("is repaired, and never believed, where it is spoilt", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = cacheIn(folder)
        const expected = yield* buildHistory(cache)
        const [first = "", second = "", third = "", ...rest] = files(folder, ".ndjson")
        const bodies = readFileSync(first, "utf8")
        const spoilt: ReadonlyArray<() => void> = [
          () => writeFileSync(first, bodies.replaceAll("gold", "lead")),
          () => writeFileSync(rest.at(-1) ?? "", readFileSync(rest.at(-1) ?? "", "utf8").replaceAll("gold", "lead")),
          () => writeFileSync(second, readFileSync(third)),
          () => writeFileSync(first, bodies.slice(0, 1000)),
          () => rmSync(second),
          () => writeFileSync(first.replace(".ndjson", ".index"), "nonsense")
        ]
        for (const [i, spoil] of spoilt.entries()) {
          spoil()
          assert.deepStrictEqual(yield* buildHistory({ ...cache, threads: i < 3 ? 2 : 1 }), expected)
          assert.strictEqual(readFileSync(first, "utf8"), bodies)
        }
        assert.isTrue(warnings.some((warning) => /cached segment 0: event \d+ is not what it was/.test(warning)))
      })
    )

    it.effect("never believes a condensed copy that is spoilt, of another segment, or made by other code", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = { ...cacheIn(folder), threads: 1 }
        const expected = yield* datasetBytes(cache, "condensed")
        const [first = "", second = "", ...rest] = condensedIn(folder)
        const whole = readFileSync(first)
        const head = whole.indexOf("\n", whole.indexOf("\n") + 1)
        const spoilt: ReadonlyArray<() => void> = [
          () => writeFileSync(first, readFileSync(first, "latin1").replaceAll("gold", "lead"), "latin1"),
          () => writeFileSync(first, whole.subarray(0, whole.length / 2)),
          () => writeFileSync(first, whole.subarray(0, head)),
          () => writeFileSync(first, "nonsense"),
          () => writeFileSync(first, readFileSync(second)),
          () => rmSync(second),
          // What it says lies in the segment is not there any more.
          () => spoil(folder, "gold", "lead")
        ]
        for (const spoilOne of spoilt) {
          spoilOne()
          assert.deepStrictEqual(yield* datasetBytes(cache, "condensed"), expected)
          yield* datasetBytes(cache, "condensed")
          assert.deepStrictEqual(readFileSync(first), whole)
        }
        renameSync(rest[0] ?? "", `${rest[0]?.replace(/-[0-9a-f]+$/, "-0123456789ab")}`)
        assert.deepStrictEqual(yield* datasetBytes(cache, "condensed"), expected)
        assert.isFalse(condensedIn(folder).some((name) => name.endsWith("-0123456789ab")))
      })
    )

    it.effect("does without a disk that takes nothing", () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "file")
        writeFileSync(folder, "a file where a folder should be")
        warnings.length = 0
        assert.deepStrictEqual(yield* buildHistory(cacheIn(folder)), yield* buildHistory({}))
        assert.match(warnings.join("\n"), /segment 0 of the log can't be cached in /)
      })
    )

    it.effect("is filled by several at once", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = cacheIn(folder)
        const histories = yield* Effect.all(
          [1, 2, 1, 2].map((threads) => buildHistory({ ...cache, threads })),
          { concurrency: "unbounded" }
        )
        const expected = yield* buildHistory({})
        for (const history of histories) assert.deepStrictEqual(history, expected)
        assert.deepStrictEqual(files(folder, ".part"), [])
      })
    )

    it.effect("never mixes the logs of two servers, not even in one folder", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const cache = cacheIn(folder)
        const mine = yield* buildHistory(cache)
        const dataDir = yield* temporaryFolder
        const theirs = yield* Effect.gen(function* () {
          yield* tell(toldEvents(20))
          return [yield* buildHistory(cache), yield* buildHistory({})]
        }).pipe(Effect.provide(logOver({ kind: "embedded", dataDir })))
        assert.deepStrictEqual(theirs[0], theirs[1])
        assert.isBelow(theirs[0]?.history.questions.size ?? 0, mine.history.questions.size)
        assert.deepStrictEqual(yield* buildHistory(cache), mine)
        // A folder of the right name with another log's segments in it.
        const [one = "", other = ""] = readdirSync(folder)
        for (const name of readdirSync(join(folder, other))) {
          writeFileSync(join(folder, one, name), readFileSync(join(folder, other, name)))
        }
        assert.deepStrictEqual(yield* buildHistory(cache), mine)
      })
    )
  })

  describe("an order that can't be filled", () => {
    it.effect("fails with its reason, on two threads as well", () =>
      Effect.gen(function* () {
        const cache = cacheIn(yield* temporaryFolder)
        for (const reading of [{}, { ...cache, threads: 2 }]) {
          const wrong = { kind: "dpo", set: ["nothing=1"], formats: [] } as const
          const error = yield* Effect.flip(buildDatasets([wrong], reading))
          assert.match(error.message, /no setting is called nothing/)
          const verl = yield* Effect.flip(buildDatasets([{ ...wrong, set: [], formats: ["verl"] }], reading))
          assert.match(verl.message, /can't be written as verl/)
        }
      })
    )
  })
})
