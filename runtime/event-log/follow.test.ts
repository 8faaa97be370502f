import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { Broker } from "./broker.ts"
import { EventLog } from "./eventLog.ts"
import { queryScored } from "./testing/events.ts"
import { logOver, ownLog, runScript, temporaryFolder, testServer } from "./testing/servers.ts"

const numbers = (first: number, last: number): ReadonlyArray<number> =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

const external = (url: string) => ({ kind: "external", url }) as const

layer(ownLog, { excludeTestServices: true })("following", (it) => {
  it.effect("reaches the head, then goes on with what comes until the scope ends", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(numbers(1, 500).map((n) => queryScored("before", n)))
      const seen: Array<number> = []
      yield* Effect.gen(function* () {
        yield* log.follow({}, ({ sequence }) => seen.push(sequence))
        assert.deepStrictEqual(seen.slice(0, 500), numbers(1, 500))
        yield* log.append(numbers(1, 500).map((n) => queryScored("after", n)))
        while (seen.length < 1000) yield* Effect.sleep("5 millis")
      }).pipe(Effect.scoped)
      yield* log.append([queryScored("too-late", 1)])
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(seen, numbers(1, 1000))
    })
  )

  it.effect("tells what the follower throws, before the head and after it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append([queryScored("thrown", 1)])
      const fail = () => {
        throw new Error("the follower's own")
      }
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Effect.scoped(log.follow({}, fail)))))
      let failure: Exit.Exit<never, unknown> | undefined
      const from = (yield* log.head) + 1
      yield* log.follow(
        {
          from,
          onFailure: (exit) => {
            failure = exit
          }
        },
        fail
      )
      yield* log.append([queryScored("thrown", 2)])
      while (failure === undefined) yield* Effect.sleep("5 millis")
      assert.isTrue(Exit.hasDies(failure))
    })
  )
})

describe("a broker that goes away", () => {
  it.live("is read on where the reading was, nothing twice and nothing missing", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* log.append(numbers(1, 12_000).map((n) => queryScored("read", n)))
        const seen: Array<number> = []
        let restarts = 0
        let restarting = false
        const restart = server.kill.pipe(
          Effect.andThen(server.start),
          Effect.andThen(
            Effect.sync(() => {
              restarting = false
            })
          )
        )
        yield* log.read({}, ({ sequence }) => {
          seen.push(sequence)
          if (restarting || restarts === 2 || sequence < 1000 + restarts * 4000) return
          restarting = true
          restarts++
          Effect.runFork(restart)
        })
        assert.strictEqual(restarts, 2)
        assert.deepStrictEqual(seen, numbers(1, 12_000))
      }).pipe(Effect.provide(logOver(external(server.url))))
    })
  )

  it.live("is followed again when it is back", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const seen: Array<number> = []
        yield* log.follow({ types: ["QueryScored"] }, ({ sequence }) => seen.push(sequence))
        for (const round of [0, 1, 2]) {
          yield* log.append(numbers(1, 100).map((n) => queryScored(`round-${round}`, n)))
          yield* server.kill
          yield* server.start
        }
        yield* log.append([queryScored("last", 1)])
        while (seen.at(-1) !== 301) yield* Effect.sleep("5 millis")
        assert.deepStrictEqual(seen, numbers(1, 301))
      }).pipe(Effect.scoped, Effect.provide(logOver(external(server.url))))
    })
  )
})

describe("an embedded server whose owner is killed", () => {
  it.live("is started again by one who shared it, who goes on appending and reading", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const owner = yield* runScript("holdServer.ts", [dataDir])
      const { url } = JSON.parse(yield* owner.line)
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const { nc } = yield* Broker
        const seen: Array<number> = []
        yield* log.follow({}, ({ sequence }) => seen.push(sequence))
        const storing = yield* Effect.forkChild(
          Effect.forEach(numbers(1, 2000), (n) => log.append([queryScored("shared", n)]), { concurrency: 100 })
        )
        while (seen.length < 300) yield* Effect.sleep("1 millis")
        yield* owner.kill
        yield* Fiber.join(storing)
        while (seen.length < 2000) yield* Effect.sleep("5 millis")
        assert.deepStrictEqual(seen, numbers(1, 2000))
        assert.strictEqual(`nats://${nc.getServer()}`, url)
      }).pipe(Effect.scoped, Effect.provide(logOver({ kind: "embedded", dataDir })))
    })
  )
})
