import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { assessment } from "../../actors/assessment/assessment.ts"
import { curriculum } from "../../actors/curriculum/curriculum.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { registry } from "../../events/registry.ts"
import { foldAll } from "./expected.ts"
import { complete, manager, type Reaction } from "./simulate.ts"
import { eventsOf, fileOf, goldenLogs, typesIn } from "./versions.ts"

const logs = goldenLogs()

/** Older releases had no curriculum. */
const firstWithCurriculum = 3

describe("the golden logs", () => {
  it("hold every event type in its current version (else: node test/golden/record.ts)", () => {
    const written = new Set(logs.flatMap(typesIn))
    const missing = Object.values(registry).filter(({ type, version }) => !written.has(`${type}:${version}`))
    assert.deepStrictEqual(
      missing.map(({ type }) => type),
      []
    )
  })
})

describe.each(logs)("golden log v$number", (log) => {
  const events = eventsOf(log)

  it("is read to the last line", () => {
    for (const [index, line] of log.lines.entries()) {
      assert.isTrue(Result.isSuccess(codec.decode(line)), `line ${index + 1}`)
    }
  })

  it("is written again as it was, where its version is still the current one", () => {
    for (const [index, event] of events.entries()) {
      const written: unknown = JSON.parse(log.lines[index] ?? "")
      const again: unknown = JSON.parse(codec.encode(event))
      if (event.dataschema === dataschemaIn(written)) assert.deepStrictEqual(again, written, `line ${index + 1}`)
    }
  })

  it("folds to the rows that were expected (a projection of a new version: node test/golden/record.ts)", () => {
    const expected: unknown = JSON.parse(readFileSync(fileOf(log.number, "expected.json"), "utf8"))
    assert.deepInclude(expected, foldAll(events))
  })

  it("folds to the same rows when every event comes twice", () => {
    assert.deepStrictEqual(foldAll([...events, ...events]), foldAll(events))
  })

  it("cuts every transcript right after a query, and around what was retrieved", () => {
    for (const { data } of events) {
      if (!("rounds" in data)) continue
      for (const { queryEnd, resultStart, resultEnd } of data.rounds) {
        assert.isTrue(data.transcript.slice(0, queryEnd).endsWith("</search>"))
        assert.match(data.transcript.slice(resultStart, resultEnd), /^<result>[\s\S]*<\/result>\n?$/)
      }
    }
  })

  it.effect.each([
    { name: "assessment", managed: manager(assessment) },
    { name: "run-monitor", managed: manager(runMonitor) },
    ...(log.number < firstWithCurriculum ? [] : [{ name: "curriculum", managed: manager(curriculum) }])
  ])("leaves $name nothing else to decide", ({ name, managed }) =>
    Effect.gen(function* () {
      const source = `/actors/${name}/`
      const stored = events.filter((event) => event.source.startsWith(source))
      assert.isNotEmpty(stored)
      const decided = yield* decisions(managed, events)
      for (const event of decided.filter((event) => stored.some((other) => other.source === event.source))) {
        const original = stored.find(({ id }) => id === event.id)
        assert.deepStrictEqual(event.data, original?.data, `${event.type} of ${event.subject}`)
      }
    })
  )
})

/** What a process manager decides while it sees a log, as events. */
const decisions = (managed: Reaction<never>, events: ReadonlyArray<AnyEvent>) =>
  Effect.map(
    Effect.forEach(events, (event, index) => managed(event, index + 1)),
    (drafts) => drafts.flat().map(complete)
  )

const dataschemaIn = (written: unknown): unknown =>
  typeof written === "object" && written !== null && "dataschema" in written ? written.dataschema : undefined
