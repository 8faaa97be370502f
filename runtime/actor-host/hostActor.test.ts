import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { defineActor } from "../../actors/actor.ts"
import { eventsOfType } from "../../events/subjects.ts"
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

const lettersOf = (actor: string) =>
  Effect.map(listDeadLetters, (letters) => letters.filter((letter) => letter.actor === actor))

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
