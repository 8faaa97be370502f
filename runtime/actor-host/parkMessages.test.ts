import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { dataschemaOf } from "../../events/envelope.ts"
import { eventSubject } from "../../events/subjects.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { queryScored } from "../event-log/testing/events.ts"
import { eventually, quietLog } from "../event-log/testing/servers.ts"
import { actorCounts } from "./actorMetrics.ts"
import { listDeadLetters } from "./deadLetters.ts"
import { durableOf } from "./durable.ts"
import { consumerOf, host, scoreActor, stored, verdict } from "./testing/hosting.ts"

const notToday: unknown = new TypeError("not\n  today")

const lettersOf = (actor: string) =>
  Effect.map(listDeadLetters, (letters) => letters.filter((letter) => letter.actor === actor))

const parkedBy = (actor: string) => stored((event) => event.type === "MessageParked" && event.data.actor === actor)

/** Waits until so many messages of an actor lie in the dead letters and the log tells of them. */
const untilParked = Effect.fnUntraced(function* (actor: string, count: number) {
  while ((yield* parkedBy(actor)).length < count) yield* Effect.sleep("10 millis")
  return { letters: yield* lettersOf(actor), events: yield* parkedBy(actor) }
})

layer(quietLog, { excludeTestServices: true })("an actor's host, when a message can't be handled,", (it) => {
  it.effect("tries again after growing waits, then parks the message and tells so", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const times: Array<number> = []
      const actor = scoreActor("fails", () => {
        times.push(performance.now())
        return Effect.fail(notToday)
      })
      yield* host(actor, { maxDeliver: 3, backoff: [50, 200] })
      const event = queryScored("fails", 1)
      const [place] = yield* log.append([event])
      const { letters, events } = yield* untilParked("fails", 1)
      const [first = 0, second = 0, third = 0] = times
      assert.lengthOf(times, 3)
      assert.isAtLeast(second - first, 49)
      assert.isAtLeast(third - second, 199)
      const error = "TypeError: not today"
      const about = { actor: "fails", eventType: "QueryScored", sequence: place?.sequence ?? 0, attempts: 3, error }
      assert.lengthOf(letters, 1)
      assert.include(letters[0], { ...about, runId: "test", body: JSON.stringify(event) })
      assert.deepInclude(events[0]?.data, {
        ...about,
        actorVersion: "1",
        eventId: event.id,
        trajectoryId: event.data.trajectoryId
      })
      assert.strictEqual(events[0]?.correlationid, event.correlationid)
      assert.strictEqual((yield* consumerOf(durableOf("fails", "QueryScored"))).num_ack_pending, 0)
      assert.deepInclude(yield* actorCounts("fails"), { handled: 0, failed: 3, parked: 1 })
    })
  )

  it.effect("parks at once what can't succeed", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const actor = scoreActor("hopeless", (event) =>
        Effect.gen(function* () {
          if (event.data.round === 1) return yield* Effect.fail({ message: "never", retryable: false })
          return [{ ...verdict(event), subject: "x".repeat(9_000_000) }]
        })
      )
      yield* host(actor)
      yield* log.append([queryScored("hopeless", 1), queryScored("hopeless", 2)])
      const { letters } = yield* untilParked("hopeless", 2)
      assert.sameMembers(
        letters.map(({ attempts }) => attempts),
        [1, 1]
      )
      const errors = letters.map(({ error }) => error)
      assert.include(errors, "never")
      assert.isTrue(errors.some((error) => /^AppendError: .* exceeds the broker's limit/.test(error)))
    })
  )

  it.effect(
    "parks what comes again and again without an end, and not what was in hand at a few ends of the process",
    () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        let begun = 0
        const actor = scoreActor("ends", () => {
          begun++
          return Effect.never
        })
        yield* Effect.scoped(host(actor))
        yield* log.append([queryScored("ends", 1)])
        for (let ends = 1; ends <= 8; ends++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* host(actor, { maxDeliver: 2, grace: 10 })
              while (begun < ends) yield* Effect.sleep("10 millis")
            })
          )
        }
        assert.deepStrictEqual(yield* lettersOf("ends"), [])
        yield* host(actor, { maxDeliver: 2, grace: 10 })
        const { letters } = yield* untilParked("ends", 1)
        assert.include(letters[0], { attempts: 9, error: "the process ended 8 times while it was handled" })
        assert.strictEqual(begun, 8)
      })
  )

  it.effect("parks what an actor throws on, like any other failure", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const actor = scoreActor("throws", () => {
        throw new RangeError("a mistake")
      })
      yield* host(actor, { maxDeliver: 2 })
      yield* log.append([queryScored("throws", 1)])
      const { letters } = yield* untilParked("throws", 1)
      assert.include(letters[0], { attempts: 2, error: "RangeError: a mistake" })
    })
  )

  it.effect("parks what can't be read, and goes on with the others", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const handled: Array<number> = []
      const actor = scoreActor("reads", (event) => {
        handled.push(event.data.round)
        return Effect.succeed([])
      })
      yield* host(actor)
      const event = queryScored("reads", 3)
      const future = { ...event, dataschema: dataschemaOf("QueryScored", 99) }
      const bodies = {
        garbage: "not JSON at all",
        future: JSON.stringify(future),
        unknown: JSON.stringify({ ...event, type: "NeverHeardOf" }),
        wrong: JSON.stringify({ ...event, data: { round: "first" } })
      }
      yield* log.append([queryScored("reads", 1)])
      const subject = eventSubject("QueryScored", "some-run")
      yield* log.appendRaw(
        Object.entries(bodies).map(([name, body]) => ({ subject, body, messageId: `reads-${name}` }))
      )
      yield* log.append([queryScored("reads", 2)])
      const { letters, events } = yield* untilParked("reads", 4)
      yield* eventually("the others were handled", () => handled.length === 2)
      assert.sameMembers(handled, [1, 2])
      assert.sameMembers(
        letters.map(({ body }) => body),
        Object.values(bodies)
      )
      for (const letter of letters) {
        assert.include(letter, { runId: "some-run", eventType: "QueryScored", attempts: 1 })
      }
      const problems = letters.map(({ error }) => error).join("\n")
      for (const problem of ["not JSON", "version 99", "no such event type"]) assert.include(problems, problem)
      for (const parked of events) assert.notProperty(parked.data, "eventId")
    })
  )
})
