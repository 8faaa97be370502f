import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { defineActor } from "../../actors/actor.ts"
import { dataschemaOf } from "../../events/envelope.ts"
import { eventSubject, eventsOfType } from "../../events/subjects.ts"
import { Broker } from "../event-log/broker.ts"
import { AppendError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { eventStream } from "../event-log/streams.ts"
import { outcomeScored, queryScored } from "../event-log/testing/events.ts"
import { eventually, quietLog } from "../event-log/testing/servers.ts"
import { actorCounts } from "./actorMetrics.ts"
import { listDeadLetters } from "./deadLetters.ts"
import { durableOf } from "./durable.ts"
import { ensureConsumer } from "./subscription.ts"
import { consumerOf, host, scoreActor, stored, verdict, withAppend } from "./testing/hosting.ts"

const notToday: unknown = new TypeError("not\n  today")

const lettersOf = (actor: string) =>
  Effect.map(listDeadLetters, (letters) => letters.filter((letter) => letter.actor === actor))

const parkedBy = (actor: string) => stored((event) => event.type === "MessageParked" && event.data.actor === actor)

/** Waits until so many messages of an actor lie in the dead letters and the log tells of them. */
const untilParked = Effect.fnUntraced(function* (actor: string, count: number) {
  while ((yield* parkedBy(actor)).length < count) yield* Effect.sleep("10 millis")
  return { letters: yield* lettersOf(actor), events: yield* parkedBy(actor) }
})

/** The verdicts that an actor emitted. */
const verdictsOf = (actor: string) => stored(({ source }) => source === `/actors/${actor}/1`)

layer(quietLog, { excludeTestServices: true })("an actor's host", (it) => {
  it.effect("stores what the actor emits, named by what caused it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* host(scoreActor("names", (event) => Effect.succeed([verdict(event), verdict(event)])))
      const cause = queryScored("names", 1)
      yield* log.append([cause])
      while ((yield* verdictsOf("names")).length < 2) yield* Effect.sleep("10 millis")
      const [one, two] = yield* verdictsOf("names")
      for (const event of [one, two]) {
        const { causationid, correlationid, runid } = event ?? {}
        assert.deepStrictEqual(
          { causationid, correlationid, runid },
          { causationid: cause.id, correlationid: cause.correlationid, runid: cause.runid }
        )
      }
      assert.notStrictEqual(one?.id, two?.id)
      assert.strictEqual((yield* actorCounts("names")).handled, 1)
    })
  )

  it.effect("acknowledges a message only when what it caused is stored", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const gate = yield* Deferred.make<void>()
      const slow = withAppend((append) => (events) => Effect.andThen(Deferred.await(gate), append(events)))
      yield* slow(host(scoreActor("gated", (event) => Effect.succeed([verdict(event)]))))
      yield* log.append([queryScored("gated", 1)])
      const durable = durableOf("gated", "QueryScored")
      while ((yield* consumerOf(durable)).num_ack_pending === 0) yield* Effect.sleep("10 millis")
      yield* Effect.sleep("100 millis")
      assert.strictEqual((yield* consumerOf(durable)).num_ack_pending, 1)
      yield* Deferred.succeed(gate, undefined)
      while ((yield* consumerOf(durable)).num_ack_pending > 0) yield* Effect.sleep("10 millis")
      assert.lengthOf(yield* verdictsOf("gated"), 1)
    })
  )

  it.effect("stores nothing twice when a message comes again after its events were stored", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let calls = 0
      const forgetful = withAppend(
        (append) => (events) =>
          Effect.flatMap(append(events), (stored) =>
            calls === 1
              ? Effect.fail(new AppendError({ reason: "unavailable", detail: "the answer was lost", retryable: true }))
              : Effect.succeed(stored)
          )
      )
      const actor = scoreActor("again", (event) => {
        calls++
        return Effect.succeed([verdict(event)])
      })
      yield* forgetful(host(actor))
      yield* log.append([queryScored("again", 1)])
      yield* eventually("it was handled twice", () => calls === 2)
      while ((yield* actorCounts("again")).handled === 0) yield* Effect.sleep("10 millis")
      assert.lengthOf(yield* verdictsOf("again"), 1)
    })
  )

  it.effect("handles no more at the same time than it may, over all types that the actor consumes", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let now = 0
      let most = 0
      let handled = 0
      const actor = defineActor({
        name: "bounded",
        version: "1",
        consumes: ["QueryScored", "OutcomeScored"],
        handle: () =>
          Effect.gen(function* () {
            now++
            most = Math.max(most, now)
            yield* Effect.sleep("5 millis")
            now--
            handled++
            return []
          })
      })
      yield* host(actor, { concurrency: 3 })
      const numbers = Array.from({ length: 30 }, (_, index) => index)
      yield* log.append(numbers.flatMap((n) => [queryScored("bounded", n), outcomeScored("bounded-outcome", n)]))
      yield* eventually("all were handled", () => handled === 60)
      assert.strictEqual(most, 3)
    })
  )

  it.effect("keeps a message for as long as its handler works", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let calls = 0
      const actor = scoreActor("slow", () => {
        calls++
        return Effect.as(Effect.sleep("700 millis"), [])
      })
      yield* host(actor, { ackWait: 200 })
      yield* log.append([queryScored("slow", 1)])
      while ((yield* actorCounts("slow")).handled === 0) yield* Effect.sleep("10 millis")
      yield* Effect.sleep("250 millis")
      assert.strictEqual(calls, 1)
    })
  )

  it.effect("does not handle a message a second time that came again while the process was too busy to keep it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let calls = 0
      const actor = scoreActor("busy", () => {
        calls++
        const until = performance.now() + 500
        while (performance.now() < until);
        return Effect.as(Effect.sleep("300 millis"), [])
      })
      yield* host(actor, { ackWait: 200 })
      yield* log.append([queryScored("busy", 1)])
      while ((yield* actorCounts("busy")).handled === 0) yield* Effect.sleep("10 millis")
      const durable = durableOf("busy", "QueryScored")
      while ((yield* consumerOf(durable)).num_ack_pending > 0) yield* Effect.sleep("10 millis")
      yield* Effect.sleep("300 millis")
      assert.strictEqual(calls, 1)
    })
  )

  it.effect("waits as long as it is told, even if its consumer was made to wait less", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { manager } = yield* Broker
      const durable = durableOf("patient", "QueryScored")
      const filter = eventsOfType("QueryScored")
      yield* ensureConsumer(manager, { stream: eventStream, durable, filter, deliver: "new", ackWait: 100, window: 1 })
      let calls = 0
      const actor = scoreActor("patient", () => {
        calls++
        return Effect.as(Effect.sleep("500 millis"), [])
      })
      yield* host(actor, { ackWait: 3000 })
      yield* log.append([queryScored("patient", 1)])
      while ((yield* actorCounts("patient")).handled === 0) yield* Effect.sleep("10 millis")
      assert.strictEqual(calls, 1)
    })
  )

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

  it.effect("gives up when nothing can be stored any more, and leaves the message to others", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const full = new AppendError({ reason: "refused", detail: "full", retryable: false })
      const actor = scoreActor("full", (event) => Effect.succeed([verdict(event)]))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const fatal = yield* withAppend(() => () => Effect.fail(full))(host(actor))
          yield* log.append([queryScored("full", 1)])
          assert.deepStrictEqual(yield* Effect.exit(Deferred.await(fatal)), Exit.fail(full))
        })
      )
      yield* host(actor)
      while ((yield* verdictsOf("full")).length === 0) yield* Effect.sleep("10 millis")
      assert.lengthOf(yield* lettersOf("full"), 0)
    })
  )

  it.effect("begins with what is new, or with all that there ever was", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append([queryScored("backfill", 1), queryScored("backfill", 2)])
      const rounds = (name: string) => {
        const seen: Array<number> = []
        const actor = scoreActor(name, (event) => {
          if (event.causationid === "backfill") seen.push(event.data.round)
          return Effect.succeed([])
        })
        return { seen, actor }
      }
      const [fresh, filled] = [rounds("fresh"), rounds("filled")]
      yield* host(fresh.actor, {}, "new")
      yield* host(filled.actor, {}, "all")
      yield* log.append([queryScored("backfill", 3)])
      yield* eventually("both saw the last", () => fresh.seen.includes(3) && filled.seen.includes(3))
      yield* eventually("one saw all", () => filled.seen.length === 3)
      assert.deepStrictEqual(fresh.seen, [3])
      assert.sameMembers(filled.seen, [1, 2, 3])
    })
  )
})

layer(quietLog, { excludeTestServices: true })("an actor's host over large messages", (it) => {
  it.effect("goes on after messages that are more than one request brings", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const handled: Array<number> = []
      const actor = scoreActor("large", (event) => {
        handled.push(event.data.round)
        return Effect.succeed([])
      })
      const numbers = Array.from({ length: 20 }, (_, index) => index)
      yield* log.append(numbers.map((n) => queryScored("large", n, "x".repeat(900_000))))
      yield* host(actor, { concurrency: 64 }, "all")
      yield* eventually("all were handled", () => handled.length >= 20, 4)
      yield* log.append([queryScored("large", 20)])
      yield* eventually("one more was handled", () => handled.includes(20), 1)
      assert.sameMembers(
        handled.filter((n) => n < 20),
        numbers
      )
    })
  )
})
