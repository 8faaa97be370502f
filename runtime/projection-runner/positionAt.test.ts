import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog } from "../event-log/eventLog.ts"
import { ownLog } from "../event-log/testing/servers.ts"
import { positionAt } from "./positionAt.ts"
import { rangeOf } from "./range.ts"
import { toldEvents } from "./testing/toldLog.ts"

const start = Date.parse("2026-01-01T00:00:00.000Z")
const timeAt = (seconds: number) => start + 1000 * seconds
const at = (seconds: number) => new Date(timeAt(seconds))

/** An event every second. */
const events = toldEvents(6).map((event, i) => ({ ...event, time: at(i + 1).toISOString() }))

layer(ownLog, { excludeTestServices: true })("the position at a moment", (it) => {
  it.effect("is that of the last event that was emitted until then", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      assert.strictEqual(yield* positionAt(timeAt(5), 0), 0)
      yield* log.append(events)
      const head = yield* log.head
      assert.strictEqual(head, events.length)
      for (const position of [0, 1, 2, 31, 32, 33, head - 1, head]) {
        assert.strictEqual(yield* positionAt(timeAt(position), head), position)
        assert.strictEqual(yield* positionAt(timeAt(position + 0.5), head), position)
      }
      assert.strictEqual(yield* positionAt(timeAt(1e6), head), head)
    })
  )

  it.effect("stays what it is while the log grows", () =>
    Effect.gen(function* () {
      for (const head of [12, 20, 33, 64]) assert.strictEqual(yield* positionAt(timeAt(12), head), 12)
    })
  )

  it.effect("gives the ends of a range, both of them in it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const head = yield* log.head
      assert.deepStrictEqual(yield* rangeOf({}), { first: 1, last: head })
      assert.deepStrictEqual(yield* rangeOf({ from: at(3), to: at(7) }), { first: 3, last: 7 })
      assert.deepStrictEqual(yield* rangeOf({ from: -4, to: head + 10 }), { first: 1, last: head })
    })
  )

  it.effect("goes by the time of storing for what is no event", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const head = yield* log.head
      yield* log.appendRaw([{ subject: "smartsearch.evt.QueryScored.run", body: "no JSON", messageId: "nonsense" }])
      assert.strictEqual(yield* positionAt(timeAt(1e6), head + 1), head)
      assert.strictEqual(yield* positionAt(Date.parse("2200-01-01"), head + 1), head + 1)
    })
  )
})
