import { assert, describe, layer } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { now } from "../now.ts"
import { Broker } from "./broker.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import type { LogMessage, ReadOptions } from "./reader.ts"
import { eventStream } from "./streams.ts"
import { outcomeScored, queryScored } from "./testing/events.ts"
import { ownLog, quietLog } from "./testing/servers.ts"

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
