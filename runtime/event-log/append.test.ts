import { execFileSync } from "node:child_process"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Result, Scope } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import { queryScored } from "./testing/events.ts"
import { logOver, ownLog, temporaryFolder, testServer } from "./testing/servers.ts"

/** Ids of everything in the log, in order. */
const storedIds: Effect.Effect<ReadonlyArray<string>, ReadError, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const ids: Array<string> = []
  yield* log.read({}, (message) => ids.push(/"id":"([^"]+)"/.exec(message.text())?.[1] ?? ""))
  return ids
})

/** `count` events of one caller, in order. */
const eventsOf = (caller: string, count: number): ReadonlyArray<AnyEvent> =>
  Array.from({ length: count }, (_, ordinal) => queryScored(caller, ordinal))

const idsOf = (events: ReadonlyArray<AnyEvent>): ReadonlyArray<string> => events.map(({ id }) => id)

const external = (url: string) => ({ kind: "external", url }) as const

layer(ownLog, { excludeTestServices: true })("appending", (it) => {
  it.effect("keeps the order of each caller's calls, many in flight", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const callers = ["order-a", "order-b", "order-c"].map((caller) => eventsOf(caller, 1000))
      yield* Effect.forEach(
        callers,
        (events) => Effect.forEach(events, (event) => log.append([event]), { concurrency: "unbounded" }),
        { concurrency: "unbounded" }
      )
      const stored = yield* storedIds
      for (const events of callers) {
        const own = new Set(idsOf(events))
        assert.deepStrictEqual(
          stored.filter((id) => own.has(id)),
          idsOf(events)
        )
      }
    })
  )

  it.effect("of an event under an id that is there already leaves the one that is there", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const first = queryScored("repeated", 1, "said at first")
      yield* log.append([first])
      const [repeated] = yield* log.append([queryScored("repeated", 1, "said later")])
      assert.strictEqual(repeated?.duplicate, true)
      const text = () => codec.encode(first)
      const decoded = log.decode({ sequence: repeated?.sequence ?? 0, text })
      assert.deepStrictEqual(decoded, Result.succeed(first))
    })
  )

  it.effect("tells where each event lies", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const head = yield* log.head
      const stored = yield* log.append(eventsOf("positions", 3))
      assert.deepStrictEqual(
        stored,
        [1, 2, 3].map((after) => ({ sequence: head + after, duplicate: false }))
      )
      assert.deepStrictEqual(yield* log.append([]), [])
      assert.strictEqual(yield* log.head, head + 3)
    })
  )

  it.effect("stores an event once, however often it is appended", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const events = eventsOf("twice", 10)
      const first = yield* log.append(events)
      const head = yield* log.head
      const second = yield* log.append(events)
      assert.deepStrictEqual(
        second,
        first.map(({ sequence }) => ({ sequence, duplicate: true }))
      )
      assert.strictEqual(yield* log.head, head)
    })
  )

  it.effect("refuses an event that is too large, with both sizes, and goes on", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const large = (bytes: number) => queryScored(`large-${bytes}`, 0, "x".repeat(bytes))
      const error = yield* Effect.flip(
        log.append([queryScored("before", 0), large(9_437_184), queryScored("after", 0)])
      )
      assert.strictEqual(error.reason, "too-large")
      assert.isFalse(error.retryable)
      assert.strictEqual(
        error.message,
        "smartsearch.evt.QueryScored.test: an event of 9.00 MiB exceeds the broker's limit of 7.99 MiB; raise max_payload on the server or shorten the event"
      )
      // Its dead letter would exceed the limit, so it is refused too.
      assert.strictEqual((yield* Effect.flip(log.append([large(8_386_000)]))).reason, "too-large")
      const [stored] = yield* log.append([large(8_370_000)])
      assert.isFalse(stored?.duplicate)
      yield* log.append(eventsOf("after-large", 100))
      assert.includeMembers([...(yield* storedIds)], [...idsOf(eventsOf("after-large", 100))])
    })
  )

  it.effect("refuses what has no proper subject, and goes on", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const publication = { subject: "smartsearch.evt.Query Scored.test", body: "{}", messageId: "no-subject" }
      const error = yield* Effect.flip(log.appendRaw([publication]))
      assert.strictEqual(error.reason, "refused")
      assert.match(error.message, /^smartsearch\.evt\.Query Scored\.test: /)
      yield* log.append(eventsOf("after-no-subject", 1))
    })
  )

  it.effect("fails what is in flight when the log is closed", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(logOver(external(server.url)), scope)
      yield* server.freeze
      const storing = yield* Effect.forkChild(Effect.flip(Context.get(services, EventLog).append(eventsOf("cut", 3))))
      yield* Effect.sleep("10 millis")
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(storing)
      assert.strictEqual(error.message, "the connection to the broker was closed")
      assert.isTrue(error.retryable)
    })
  )
})

describe("a broker that fails", () => {
  it.live("loses, doubles and moves nothing when it is killed again and again", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const callers = ["a", "b", "c", "d"].map((caller) => eventsOf(caller, 5000))
      const killings = [2000, 8000, 14_000]
      let acknowledged = 0
      const count = Effect.fnUntraced(function* (more: number) {
        acknowledged += more
        if (acknowledged < (killings[0] ?? Number.POSITIVE_INFINITY)) return
        killings.shift()
        yield* server.kill.pipe(
          Effect.andThen(Effect.sleep("50 millis")),
          Effect.andThen(server.start),
          Effect.forkScoped
        )
      })
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* Effect.forEach(
          callers,
          (events) =>
            Effect.forEach(
              Array.from({ length: 50 }, (_, call) => events.slice(call * 100, call * 100 + 100)),
              (some) => Effect.tap(log.append(some), count(some.length)),
              { concurrency: "unbounded" }
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(killings, [])
        const stored = yield* storedIds
        assert.strictEqual(stored.length, 20_000)
        assert.strictEqual(new Set(stored).size, 20_000)
        for (const events of callers) {
          const own = new Set(idsOf(events))
          assert.deepStrictEqual(
            stored.filter((id) => own.has(id)),
            idsOf(events)
          )
        }
      }).pipe(Effect.provide(logOver(external(server.url))))
    })
  )

  it.live("does not let what comes while it is away overtake what was on its way", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* log.append(eventsOf("known", 1))
        // These reach the server's socket and die with it unread.
        yield* server.freeze
        const early = yield* Effect.forkChild(log.append(eventsOf("early", 100)))
        yield* Effect.sleep("50 millis")
        yield* server.kill
        const late: Array<Fiber.Fiber<unknown, unknown>> = []
        const restarting = yield* Effect.forkChild(server.start)
        for (let ordinal = 0; ordinal < 300; ordinal++) {
          late.push(yield* Effect.forkChild(log.append([queryScored("late", ordinal)])))
          yield* Effect.sleep("1 millis")
        }
        yield* Fiber.join(restarting)
        yield* Fiber.join(early)
        yield* Fiber.joinAll(late)
        const expected = [...eventsOf("known", 1), ...eventsOf("early", 100), ...eventsOf("late", 300)]
        assert.deepStrictEqual(yield* storedIds, idsOf(expected))
      }).pipe(Effect.provide(logOver(external(server.url))))
    })
  )

  it.live("is unavailable after the time that was set, and used again when it is back", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* log.append(eventsOf("first", 1))
        yield* server.kill
        const begun = performance.now()
        // More than fits the window: what waits its turn fails as well.
        const error = yield* Effect.flip(log.append(eventsOf("lost", 20)))
        assert.strictEqual(error.reason, "unavailable")
        assert.isTrue(error.retryable)
        assert.strictEqual(
          error.message,
          "the broker did not acknowledge an event for 2 s; is it running, and is its disk full?"
        )
        assert.isAtLeast(performance.now() - begun, 2000)
        assert.isBelow(performance.now() - begun, 6000)
        yield* server.start
        // On a busy machine the connection may take longer than an append waits.
        yield* Effect.retry(log.append(eventsOf("lost", 20)), { times: 5, while: ({ retryable }) => retryable })
        assert.strictEqual(yield* log.head, 21)
      }).pipe(Effect.provide(logOver(external(server.url), { window: 8, resendAfter: 100, giveUpAfter: 2000 })))
    })
  )

  it.live("sends again what a server that answers late has swallowed", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* server.freeze
        const storing = yield* Effect.forkChild(log.append(eventsOf("late", 50)))
        yield* Effect.sleep("300 millis")
        yield* server.thaw
        yield* Fiber.join(storing)
        assert.deepStrictEqual(yield* storedIds, idsOf(eventsOf("late", 50)))
      }).pipe(Effect.provide(logOver(external(server.url), { resendAfter: 100 })))
    })
  )

  it.live("refuses in one line when it may store no more, and keeps all that it acknowledged", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ jetstream: { max_file_store: 300_000 } })
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        let acknowledged = 0
        const until = Effect.gen(function* () {
          while (true)
            yield* Effect.tap(log.append([queryScored("full", acknowledged)]), () => Effect.sync(() => acknowledged++))
        })
        const error = yield* Effect.flip(until)
        assert.strictEqual(error.reason, "refused")
        assert.isFalse(error.retryable)
        assert.strictEqual(error.message, "the broker refused an event: insufficient resources")
        assert.isAbove(acknowledged, 50)
        yield* server.kill
        yield* server.start
        assert.deepStrictEqual(yield* storedIds, idsOf(eventsOf("full", acknowledged)))
      }).pipe(Effect.provide(logOver(external(server.url))))
    })
  )

  it.live("keeps all that it acknowledged when its disk is full", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      // 2.9.10 falls silent when a write fails, so this is told by the time that passes.
      const server = yield* testServer({ jetstream: { store_dir: disk, max_file_store: 1e12 } })
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        let acknowledged = 0
        const until = Effect.gen(function* () {
          while (true) {
            const events = Array.from({ length: 50 }, (_, more) => queryScored("disk", acknowledged + more))
            yield* log.append(events)
            acknowledged += events.length
          }
        })
        const error = yield* Effect.flip(until)
        assert.include(["refused", "unavailable"], error.reason)
        assert.notInclude(error.message, "\n")
        assert.isAbove(acknowledged, 50)
        yield* server.kill
        yield* server.start
        const stored = yield* storedIds
        assert.deepStrictEqual(stored.slice(0, acknowledged), idsOf(eventsOf("disk", acknowledged)))
      }).pipe(Effect.provide(logOver(external(server.url), { resendAfter: 300, giveUpAfter: 1000 })))
    })
  )
})

/** A folder on a disk of 2 MiB. */
const smallDisk = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  return yield* Effect.acquireRelease(
    Effect.sync(() => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder])
      return folder
    }),
    () => Effect.sync(() => execFileSync("umount", ["--lazy", folder]))
  )
})
