import { assert, layer } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { type AnyEvent, dataschemaOf } from "../../events/envelope.ts"
import { EventLog } from "./eventLog.ts"
import type { LogMessage, ReadOptions } from "./reader.ts"
import { outcomeScored, queryScored } from "./testing/events.ts"
import { ownLog } from "./testing/servers.ts"

const inRun = (runid: string, event: AnyEvent): AnyEvent => ({ ...event, id: `${runid}-${event.id}`, runid })

/** 3,000 events of three types and two runs, one like the other. */
const mixed: ReadonlyArray<AnyEvent> = Array.from({ length: 3000 }, (_, i) => {
  const event = i % 7 < 4 ? queryScored("mixed", i, "short") : outcomeScored("mixed", i)
  return inRun(i % 5 === 0 ? "one" : "two", event)
})

const readAll = (options: ReadOptions) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const messages: Array<LogMessage> = []
    const range = yield* log.read(options, (message) => messages.push(message))
    return { range, messages, positions: messages.map(({ sequence }) => sequence) }
  })

/** Positions that a selection must give, from what was stored. */
const positionsOf = (wanted: (event: AnyEvent, position: number) => boolean): ReadonlyArray<number> =>
  mixed.flatMap((event, i) => (wanted(event, i + 1) ? [i + 1] : []))

layer(ownLog, { excludeTestServices: true })("reading a range", (it) => {
  it.effect("hands over what is selected, in the log's order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(mixed)
      const all = yield* readAll({})
      assert.deepStrictEqual(all.range, { first: 1, last: 3000 })
      assert.deepStrictEqual(
        all.positions,
        positionsOf(() => true)
      )
      const types = yield* readAll({ types: ["QueryScored", "OutcomeScored", "RunFailed"] })
      assert.deepStrictEqual(types.positions, all.positions)
      const scored = yield* readAll({ types: ["RunFailed", "QueryScored"] })
      assert.deepStrictEqual(
        scored.positions,
        positionsOf(({ type }) => type === "QueryScored")
      )
      const run = yield* readAll({ run: "one" })
      assert.deepStrictEqual(
        run.positions,
        positionsOf(({ runid }) => runid === "one")
      )
      const some = yield* readAll({ run: "one", types: ["QueryScored", "OutcomeScored"], from: 1000, to: 2000 })
      assert.deepStrictEqual(
        some.positions,
        positionsOf(({ runid }, position) => runid === "one" && position >= 1000 && position <= 2000)
      )
      assert.deepStrictEqual(some.range, { first: some.positions[0] ?? -1, last: some.positions.at(-1) ?? -1 })
    })
  )

  it.effect("hands a message over as it was stored", () =>
    Effect.gen(function* () {
      const [message] = (yield* readAll({ to: 1 })).messages
      assert.deepInclude(message, { sequence: 1, type: "QueryScored", subject: "smartsearch.evt.QueryScored.one" })
      assert.deepStrictEqual(JSON.parse(message?.text() ?? ""), mixed[0])
      assert.strictEqual(Buffer.from(message?.bytes ?? []).toString(), message?.text())
      assert.include(message?.text(), dataschemaOf("QueryScored", 1))
    })
  )

  it.effect("hands over nothing of what is not there", () =>
    Effect.gen(function* () {
      const nothing = { first: 0, last: 0 }
      assert.deepStrictEqual((yield* readAll({ types: ["RunFailed", "RunCompleted"] })).range, nothing)
      assert.deepStrictEqual((yield* readAll({ run: "three" })).range, nothing)
      assert.deepStrictEqual((yield* readAll({ from: 3001 })).range, nothing)
      assert.deepStrictEqual((yield* readAll({ types: ["QueryScored", "OutcomeScored"], from: 3001 })).range, nothing)
    })
  )

  it.effect("dies of a handler that throws, wherever in the merge that is", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      for (const at of [1, 3000]) {
        const exit = yield* log
          .read({ types: ["QueryScored", "OutcomeScored"] }, ({ sequence }) => {
            if (sequence === at) throw new Error("the handler's own")
          })
          .pipe(Effect.exit)
        assert.isTrue(Exit.hasDies(exit))
      }
    })
  )
})
