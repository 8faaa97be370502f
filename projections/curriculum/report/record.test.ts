import { assert, describe, it } from "@effect/vitest"
import type { AnyEvent } from "../../../events/envelope.ts"
import { type BuiltRows, builtKey, builtRows } from "./built.ts"
import { type CurriculumRecords, curriculumRecords } from "./record.ts"
import { curriculumEvents, stepsOf } from "./testing/curriculumLog.ts"

const records = (events: ReadonlyArray<AnyEvent>): CurriculumRecords =>
  events.reduce((state, event) => curriculumRecords.evolve(state, event), curriculumRecords.init())

describe("what the log tells of curricula", () => {
  it("is every one by its name, the oldest first, with the steps that became due", () => {
    const known = records([...curriculumEvents({ name: "first", done: 3 }), ...curriculumEvents({ name: "second" })])
    assert.deepStrictEqual([...known.keys()], ["first", "second"])
    const [first, second] = [...known.values()]
    assert.deepStrictEqual(first?.requested, stepsOf({ name: "first" }).slice(0, 3))
    assert.isUndefined(first?.completed)
    assert.strictEqual(second?.completed?.at, "2026-01-31T10:20:30.000Z")
  })

  it("is the same when every event comes twice, and nothing without the beginning", () => {
    const events = curriculumEvents()
    assert.deepStrictEqual(records([...events, ...events]), records(events))
    assert.strictEqual(records(events.slice(1)).size, 0)
  })
})

it("of a dataset that was built again at the same place the first one counts", () => {
  const [built] = curriculumEvents().filter((event) => event.type === "DatasetBuilt")
  if (built === undefined) throw new Error("expected a dataset")
  const again = { ...built, data: { ...built.data, rows: 7 } }
  const rows = [built, again].reduce<BuiltRows>((state, event) => builtRows.evolve(state, event), builtRows.init())
  const { kind, location } = built.data
  assert.deepStrictEqual([...rows], [[builtKey({ runId: built.runid, kind, location }), 1042]])
})
