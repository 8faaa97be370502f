import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { defineActor } from "../../actors/actor.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { outcomeScored, queryScored } from "../event-log/testing/events.ts"
import { eventually, logOver, quietLog, runScript, temporaryFolder, testServer } from "../event-log/testing/servers.ts"
import { actorCounts } from "./actorMetrics.ts"
import { durableOf } from "./durable.ts"
import { consumerOf, host, quick, scoreActor, stored, verdict } from "./testing/hosting.ts"

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/** An actor of two types that takes `millis` for each message, and the ids of the messages it began and ended. */
const slowActor = (name: string, millis: number) => {
  const began: Array<string> = []
  const ended: Array<string> = []
  const actor = defineActor({
    name,
    version: "1",
    consumes: ["QueryScored", "OutcomeScored"],
    handle: (event) =>
      Effect.gen(function* () {
        began.push(event.id)
        yield* Effect.sleep(millis)
        ended.push(event.id)
        return []
      })
  })
  return { actor, began, ended }
}

const scores = (cause: string, count: number): ReadonlyArray<AnyEvent> =>
  numbers(count).map((ordinal) => queryScored(cause, ordinal))
const idsOf = (events: ReadonlyArray<AnyEvent>): Array<string> => events.map(({ id }) => id)

/** Long enough for nobody to wait for it in these tests: what comes sooner was given back. */
const patient = { ackWait: 20_000 }

layer(quietLog, { excludeTestServices: true })("a host that stops", (it) => {
  it.effect("ends what it has begun and gives the rest to another one at once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const first = slowActor("stops", 150)
      const second = slowActor("stops", 1)
      const scope = yield* Scope.make()
      yield* host(first.actor, { ...patient, concurrency: 2 }).pipe(Scope.provide(scope))
      const events = scores("stops", 20)
      yield* log.append(events)
      yield* eventually("the first has begun", () => first.began.length === 2)
      yield* host(second.actor, patient)
      yield* Scope.close(scope, Exit.void)
      yield* eventually("everything is handled", () => first.ended.length + second.ended.length === 20, 5)
      assert.deepStrictEqual(first.ended, first.began)
      assert.sameMembers([...first.ended, ...second.ended], idsOf(events))
    })
  )

  it.effect("gives back what waits for its turn, of any type, without waiting for what is being handled", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const scope = yield* Scope.make()
      const first = slowActor("waits", 1000)
      const second = slowActor("waits", 1)
      yield* host(first.actor, { ...patient, concurrency: 1 }).pipe(Scope.provide(scope))
      // One of each type is in its hands; only one of them is its turn.
      yield* log.append([queryScored("waits", 1), outcomeScored("waits", 2)])
      yield* eventually("the first has begun", () => first.began.length === 1)
      const standing = yield* Effect.forEach(["QueryScored", "OutcomeScored"], (type) =>
        consumerOf(durableOf("waits", type))
      )
      assert.deepStrictEqual(
        standing.map(({ num_ack_pending }) => num_ack_pending),
        [1, 1]
      )
      yield* host(second.actor, patient)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* eventually("the second has the rest", () => second.ended.length === 1, 5)
      assert.lengthOf(first.ended, 0)
      yield* Fiber.join(closing)
      assert.lengthOf(first.ended, 1)
    })
  )

  it.effect("interrupts what takes longer than its grace, and gives that back too", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const first = slowActor("endless", 1e8)
      const second = slowActor("endless", 1)
      const scope = yield* Scope.make()
      yield* host(first.actor, { ...patient, grace: 100 }).pipe(Scope.provide(scope))
      yield* log.append(scores("endless", 4))
      yield* eventually("all have begun", () => first.began.length === 4)
      const begun = performance.now()
      yield* Scope.close(scope, Exit.void)
      assert.isAtLeast(performance.now() - begun, 95)
      assert.deepInclude(yield* actorCounts("endless"), { handled: 0, failed: 0 })
      yield* host(second.actor, patient)
      yield* eventually("the second has handled them", () => second.ended.length === 4, 5)
    })
  )

  it.effect("keeps what it is still handling from others while it stops", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const first = slowActor("kept", 800)
      const second = slowActor("kept", 1)
      const scope = yield* Scope.make()
      yield* host(first.actor, { ackWait: 200 }).pipe(Scope.provide(scope))
      yield* log.append([queryScored("kept", 1)])
      yield* eventually("it has begun", () => first.began.length === 1)
      yield* host(second.actor, { ackWait: 200 })
      yield* Scope.close(scope, Exit.void)
      yield* Effect.sleep("250 millis")
      assert.lengthOf(first.ended, 1)
      assert.lengthOf(second.began, 0)
    })
  )
})

describe("several hosts of an actor", () => {
  it.live("share the work", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [one, two] = [slowActor("together", 5), slowActor("together", 5)]
      yield* host(one.actor)
      yield* host(two.actor)
      const events = scores("together", 60)
      yield* log.append(events)
      yield* eventually("everything is handled", () => one.ended.length + two.ended.length === 60)
      assert.sameMembers([...one.ended, ...two.ended], idsOf(events))
      assert.isAbove(Math.min(one.ended.length, two.ended.length), 5)
    }).pipe(Effect.scoped, Effect.provide(quietLog))
  )

  it.live("take over what one of them held when it was killed", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const other = yield* runScript("../../actor-host/testing/handleSlowly.ts", [server.url, `${quick.ackWait}`])
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const events = scores("killed", 40)
        yield* log.append(events)
        for (let taken = 0; taken < 5; taken++) yield* other.line
        yield* host(scoreActor("shared", (event) => Effect.succeed([verdict(event)])))
        while ((yield* actorCounts("shared")).handled < 35) yield* Effect.sleep("10 millis")
        const durable = durableOf("shared", "QueryScored")
        assert.strictEqual((yield* consumerOf(durable)).num_ack_pending, 5)
        yield* other.kill
        const begun = performance.now()
        while ((yield* actorCounts("shared")).handled < 40) yield* Effect.sleep("10 millis")
        assert.isBelow(performance.now() - begun, quick.ackWait + 1500)
        const causes = (yield* stored(({ source }) => source === "/actors/shared/1")).map((event) => event.causationid)
        assert.sameMembers(
          [...causes],
          numbers(40).map((n) => queryScored("killed", n).id)
        )
      }).pipe(Effect.scoped, Effect.provide(logOver({ kind: "external", url: server.url })))
    })
  )

  it.live("take over at once what one of them held when it was killed together with the server it had started", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const over = logOver({ kind: "embedded", dataDir })
      const events = scores("restarted", 5)
      yield* Effect.provide(
        Effect.flatMap(EventLog, (log) => log.append(events)),
        over
      )
      const other = yield* runScript("../../actor-host/testing/handleSlowly.ts", [dataDir, `${patient.ackWait}`])
      for (let taken = 0; taken < 5; taken++) yield* other.line
      yield* other.kill
      yield* Effect.gen(function* () {
        const actor = scoreActor("shared", (event) => Effect.succeed([verdict(event)]))
        yield* host(actor, patient)
        while ((yield* stored(({ source }) => source === "/actors/shared/1")).length < 5)
          yield* Effect.sleep("10 millis")
        const durable = durableOf("shared", "QueryScored")
        assert.strictEqual((yield* consumerOf(durable)).config.ack_wait, patient.ackWait * 1e6)
      }).pipe(Effect.scoped, Effect.provide(over), Effect.timeout("5 seconds"))
    })
  )

  it.live("go on when the broker is killed and comes back, nothing lost and nothing stored twice", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const actor = scoreActor("steady", (event) => Effect.as(Effect.sleep("3 millis"), [verdict(event)]))
        yield* host(actor, { ackWait: 1000 })
        const events = scores("steady", 400)
        yield* log.append(events)
        for (const enough of [50, 200]) {
          while ((yield* actorCounts("steady")).handled < enough) yield* Effect.sleep("2 millis")
          yield* server.kill
          yield* server.start
        }
        const verdicts = stored(({ source }) => source === "/actors/steady/1")
        while ((yield* verdicts).length < 400) yield* Effect.sleep("20 millis")
        const causes = (yield* verdicts).map(({ causationid }) => causationid)
        assert.sameMembers(
          [...causes],
          numbers(400).map((n) => queryScored("steady", n).id)
        )
      }).pipe(Effect.scoped, Effect.provide(logOver({ kind: "external", url: server.url })))
    })
  )
})
