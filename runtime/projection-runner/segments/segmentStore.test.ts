import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codec } from "../../../events/codec.ts"
import { eventSubject } from "../../../events/subjects.ts"
import { toldEvents } from "../testing/toldLog.ts"
import { hashes } from "./correlation.ts"
import { CorruptSegment, readSegment, type Wanted } from "./readSegment.ts"
import { SegmentStore } from "./segmentStore.ts"

const told = toldEvents(6)
const events = told.map((event, i) => ({
  sequence: i + 1,
  subject: eventSubject(event.type, event.runid),
  body: Buffer.from(codec.encode(event))
}))
const everything: Wanted = {
  types: new Set(told.map(({ type }) => type)),
  shared: new Set(["RunStarted"]),
  first: 1,
  last: events.length,
  fromHash: 0,
  belowHash: hashes
}

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "smartsearch-segments-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const storeOf = (stream = "stream") => new SegmentStore({ folder: join(folder, "kept"), stream, size: events.length })
const filled = () => {
  const store = storeOf()
  store.write(0, events)
  return store
}
const read = (store: SegmentStore, wanted: Partial<Wanted> = {}) => {
  const sequences: Array<number> = []
  readSegment(store, 0, { ...everything, ...wanted }, ({ sequence, text }) => {
    expect(text).toBe(events[sequence - 1]?.body.toString())
    sequences.push(sequence)
  })
  return sequences
}
const sequencesWhere = (wanted: (event: (typeof told)[number], sequence: number) => boolean) =>
  told.flatMap((event, i) => (wanted(event, i + 1) ? [i + 1] : []))
const fileOf = (ending: string) => join(folder, "kept", `00000000${ending}`)

describe("a kept segment", () => {
  it("gives what is wanted, in the log's order", () => {
    const store = filled()
    expect(store.present()).toEqual([0])
    expect(read(store)).toEqual(sequencesWhere(() => true))
    expect(read(store, { types: new Set(["QueryScored", "RunStarted"]) })).toEqual(
      sequencesWhere(({ type }) => type === "QueryScored" || type === "RunStarted")
    )
    expect(read(store, { run: "other", first: 5, last: events.length - 5 })).toEqual(
      sequencesWhere(({ runid }, sequence) => runid === "other" && sequence >= 5 && sequence <= events.length - 5)
    )
  })

  it("is divided so that all of a question is in one part and shared types are in every part", () => {
    const store = filled()
    const parts = [0, 1, 2].map((part) => {
      const share = { fromHash: (hashes * part) / 3, belowHash: (hashes * (part + 1)) / 3 }
      return read(store, share).map((sequence) => told[sequence - 1])
    })
    for (const part of parts) expect(part.filter((event) => event?.type === "RunStarted")).toHaveLength(2)
    const questions = parts.map(
      (part) => new Set(part.filter((event) => event?.type !== "RunStarted").map((event) => event?.correlationid))
    )
    const all = questions.flatMap((ids) => [...ids])
    expect(new Set(all).size).toBe(all.length)
    expect(all).toHaveLength(12)
  })

  it("is not there for another stream", () => {
    filled()
    expect(storeOf("another").index(0)).toBeUndefined()
  })

  it("is not there when a file is missing, cut off or changed", () => {
    const spoilt: ReadonlyArray<() => void> = [
      () => rmSync(fileOf(".index")),
      () => rmSync(fileOf(".ndjson")),
      () => truncateSync(fileOf(".ndjson"), 100),
      () => truncateSync(fileOf(".index"), 100),
      () => writeFileSync(fileOf(".index"), "")
    ]
    for (const spoil of spoilt) {
      const store = filled()
      spoil()
      expect(store.index(0)).toBeUndefined()
      expect(() => read(store)).toThrow(CorruptSegment)
    }
  })

  it("is found out when an event was changed, but not by who does not read that event", () => {
    const store = filled()
    const bodies = readFileSync(fileOf(".ndjson"), "utf8")
    writeFileSync(fileOf(".ndjson"), bodies.replace('"specversion":"1.0"', '"specversion":"1.1"'))
    expect(() => read(store)).toThrow(/cached segment 0: event \d+ is not what it was/)
    const [changed] = store.index(0)?.subjects ?? []
    const type = changed?.subject.split(".")[2] ?? ""
    const others = new Set([...everything.types].filter((other) => other !== type))
    expect(read(store, { types: others })).toEqual(sequencesWhere((event) => event.type !== type))
  })

  it("can be written twice, and removed", () => {
    const store = filled()
    filled()
    expect(readdirSync(store.folder)).toEqual(["00000000.index", "00000000.ndjson"])
    store.remove(0)
    store.remove(0)
    expect(store.present()).toEqual([])
  })
})

describe("a store", () => {
  it("leaves nothing half done when the disk refuses", () => {
    writeFileSync(join(folder, "kept"), "a file where the folder should be")
    expect(() => filled()).toThrow()
    expect(storeOf().present()).toEqual([])
    expect(storeOf().index(0)).toBeUndefined()
  })

  it("tidies up after processes that died while writing, not after those that are writing", () => {
    const store = filled()
    const [old, young] = ["00000001.ndjson.1-0.part", "00000001.ndjson.2-0.part"].map((name) =>
      join(store.folder, name)
    )
    for (const path of [old, young]) writeFileSync(path ?? "", "half")
    utimesSync(old ?? "", 1000, 1000)
    store.tidy(Date.now())
    expect(existsSync(old ?? "")).toBe(false)
    expect(existsSync(young ?? "")).toBe(true)
    expect(read(store)).toHaveLength(events.length)
  })
})
