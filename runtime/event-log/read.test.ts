import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { now } from "../now.ts"
import { Broker } from "./broker.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import type { LogMessage, ReadOptions } from "./reader.ts"
import { eventStream } from "./streams.ts"
import { outcomeScored, queryScored } from "./testing/events.ts"
import { logOver, ownLog, quietLog, runScript, temporaryFolder, testServer } from "./testing/servers.ts"

const moment = (millis: number): Date => new Date(millis)

/** What a reading hands over: positions and types. */
const reading = Effect.fnUntraced(function* (options: ReadOptions) {
  const log = yield* EventLog
  const messages: Array<LogMessage> = []
  const range = yield* log.read(options, (message) => messages.push(message))
  return {
    range,
    sequences: messages.map(({ sequence }) => sequence),
    types: new Set(messages.map(({ type }) => type))
  }
})

const numbers = (first: number, last: number): ReadonlyArray<number> =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

const external = (url: string) => ({ kind: "external", url }) as const

describe("an empty log", () => {
  layer(ownLog, { excludeTestServices: true })((it) => {
    it.effect("is read to its end at once", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        assert.strictEqual(yield* log.head, 0)
        for (const options of [{}, { from: 5 }, { from: moment(0) }, { types: ["QueryScored"] as const }]) {
          assert.deepStrictEqual((yield* reading(options)).range, { first: 0, last: 0 })
        }
      })
    )

    it.effect("is followed from its end at once", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        yield* Effect.scoped(log.follow({}, () => assert.fail("there is nothing")))
      })
    )
  })
})

/** A log of 3,000 events: every tenth an OutcomeScored (10, 20, …), the others QueryScored, the last 1,000 stored later. */
const count = 3000
const filled = Effect.gen(function* () {
  const log = yield* EventLog
  const event = (position: number) =>
    position % 10 === 0 ? outcomeScored("filled", position) : queryScored("filled", position)
  if ((yield* log.head) > 0) return log
  yield* log.append(numbers(1, 2000).map(event))
  yield* Effect.sleep("20 millis")
  later = moment(Date.parse(yield* now))
  yield* log.append(numbers(2001, count).map(event))
  return log
})
let later = new Date()

layer(ownLog, { excludeTestServices: true })("reading", (it) => {
  it.effect("hands over everything in order", () =>
    Effect.gen(function* () {
      yield* filled
      const { range, sequences } = yield* reading({})
      assert.deepStrictEqual(range, { first: 1, last: count })
      assert.deepStrictEqual(sequences, numbers(1, count))
    })
  )

  it.effect("hands over the text as it was stored", () =>
    Effect.gen(function* () {
      const log = yield* filled
      const texts: Array<string> = []
      yield* log.read({ from: 7, to: 7 }, (message) => texts.push(message.text()))
      assert.deepStrictEqual(texts, [JSON.stringify(queryScored("filled", 7))])
    })
  )

  it.effect("begins and ends where it is told", () =>
    Effect.gen(function* () {
      yield* filled
      assert.deepStrictEqual((yield* reading({ from: 1500 })).sequences, numbers(1500, count))
      assert.deepStrictEqual((yield* reading({ to: 1200 })).sequences, numbers(1, 1200))
      assert.deepStrictEqual((yield* reading({ from: 11, to: 13 })).sequences, [11, 12, 13])
      assert.deepStrictEqual((yield* reading({ from: count, to: 99_999 })).sequences, [count])
      assert.deepStrictEqual((yield* reading({ from: 20, to: 10 })).sequences, [])
      assert.deepStrictEqual((yield* reading({ from: count + 1 })).sequences, [])
    })
  )

  it.effect("begins at a time", () =>
    Effect.gen(function* () {
      yield* filled
      assert.deepStrictEqual((yield* reading({ from: later })).sequences, numbers(2001, count))
      assert.deepStrictEqual((yield* reading({ from: moment(0) })).sequences, numbers(1, count))
      assert.deepStrictEqual((yield* reading({ from: moment(Date.parse(yield* now) + 60_000) })).sequences, [])
    })
  )

  it.effect("picks one type", () =>
    Effect.gen(function* () {
      yield* filled
      const { sequences, types } = yield* reading({ types: ["OutcomeScored"] })
      assert.deepStrictEqual([...types], ["OutcomeScored"])
      assert.deepStrictEqual(
        sequences,
        numbers(1, count / 10).map((tenth) => tenth * 10)
      )
    })
  )

  it.effect("picks several types", () =>
    Effect.gen(function* () {
      yield* filled
      const some = yield* reading({ types: ["OutcomeScored", "MessageParked"] })
      assert.strictEqual(some.sequences.length, count / 10)
      assert.deepStrictEqual([...some.types], ["OutcomeScored"])
      const both = yield* reading({ types: ["OutcomeScored", "QueryScored"] })
      assert.deepStrictEqual(both.sequences, numbers(1, count))
    })
  )

  it.effect("ends when no event is of the type", () =>
    Effect.gen(function* () {
      yield* filled
      assert.deepStrictEqual((yield* reading({ types: ["RunStarted"] })).range, { first: 0, last: 0 })
      assert.deepStrictEqual((yield* reading({ types: ["RunStarted", "RunFailed"] })).range, { first: 0, last: 0 })
      assert.deepStrictEqual((yield* reading({ types: ["OutcomeScored"], from: 11, to: 19 })).sequences, [])
    })
  )

  it.effect("ends at what was the head when it began, though others go on writing", () =>
    Effect.gen(function* () {
      const log = yield* filled
      let written = 0
      const writing = yield* Effect.forkChild(
        Effect.forever(
          log.append(numbers(0, 9).map((more) => queryScored("meanwhile", written + more))).pipe(
            Effect.tap(() =>
              Effect.sync(() => {
                written += 10
              })
            )
          )
        )
      )
      for (const types of [undefined, ["QueryScored"] as const]) {
        const before = yield* log.head
        const { range } = yield* reading(types === undefined ? {} : { types })
        const after = yield* log.head
        assert.strictEqual(range.first, 1)
        assert.isAtLeast(range.last, before)
        assert.isAtMost(range.last, after)
      }
      assert.isAbove(written, 0)
      yield* Fiber.interrupt(writing)
    })
  )

  it.effect("passes on what the reader throws, and harms nobody else", () =>
    Effect.gen(function* () {
      const log = yield* filled
      const exit = yield* Effect.exit(
        log.read({}, () => {
          throw new Error("the reader's own")
        })
      )
      assert.isTrue(Exit.hasDies(exit))
      assert.deepStrictEqual((yield* reading({ to: 5 })).sequences, numbers(1, 5))
    })
  )

  it.effect("leaves no consumer behind", () =>
    Effect.gen(function* () {
      yield* filled
      yield* Effect.forEach([1, 2, 3], () => reading({ to: 50 }))
      yield* Effect.sleep("50 millis")
      const { manager } = yield* Broker
      const { state } = yield* Effect.promise(() => manager.streams.info(eventStream))
      assert.strictEqual(state.consumer_count, 0)
    })
  )
})

layer(ownLog, { excludeTestServices: true })("large events", (it) => {
  it.effect("are read without waiting, though one request brings only a few of them", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(numbers(1, 24).map((n) => queryScored("large", n, "x".repeat(900_000))))
      const begun = performance.now()
      assert.deepStrictEqual((yield* reading({})).sequences, numbers(1, 24))
      assert.isBelow(performance.now() - begun, 4000)
    })
  )
})

describe("a log that somebody deletes", () => {
  layer(quietLog, { excludeTestServices: true })((it) => {
    it.effect("is told to its followers and readers", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const { manager } = yield* Broker
        yield* log.append([queryScored("deleted", 1)])
        let failure: Exit.Exit<never, ReadError> | undefined
        yield* log.follow(
          {
            onFailure: (exit) => {
              failure = exit
            }
          },
          () => {}
        )
        yield* Effect.promise(() => manager.streams.delete(eventStream))
        while (failure === undefined) yield* Effect.sleep("10 millis")
        const error = Exit.isFailure(failure) ? Cause.squash(failure.cause) : undefined
        assert.strictEqual(String(error), "ReadError: the log can't be read: stream not found")
        assert.match(
          (yield* Effect.flip(log.read({}, () => {}))).message,
          /^the log's head can't be read: .*stream not found/
        )
      })
    )
  })
})

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
