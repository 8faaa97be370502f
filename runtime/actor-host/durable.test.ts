import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { EventLog } from "../event-log/eventLog.ts"
import { queryScored } from "../event-log/testing/events.ts"
import { eventually, quietLog } from "../event-log/testing/servers.ts"
import { durableOf, parseDurable } from "./durable.ts"
import { actorStandings } from "./lag.ts"
import { consumerOf, host, scoreActor } from "./testing/hosting.ts"

describe("the name of a durable consumer", () => {
  it.each([
    ["retrieval", "QueryIssued", ""],
    ["retrieval", "QueryIssued", "0123456789ab"],
    ["reward-judge", "retry", "abcdefabcdef"],
    ["a--b", "DocumentsRetrieved", ""]
  ])("tells the actor again: %s, %s, %s", (actor, type, work) => {
    assert.deepStrictEqual(parseDurable(durableOf(actor, type, work === "" ? undefined : work)), { actor, work })
  })

  it("is not that of another program's consumer", () => {
    assert.isUndefined(parseDurable("backup"))
  })
})

layer(quietLog, { excludeTestServices: true })("hosts of one actor with different works", (test) => {
  test.effect("handle their own runs and pass over the others'", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const handledBy = (id: string, isOwn: (runId: string) => boolean) => {
        const handled: Array<number> = []
        const actor = scoreActor("two-works", (event) => {
          handled.push(event.data.round)
          return Effect.succeed([])
        })
        const work = { id, isFor: (runId: string) => Effect.succeed(isOwn(runId)) }
        return Effect.as(host(actor, {}, { deliver: "new", work }), handled)
      }
      const [even, odd] = [
        yield* handledBy("aaa", (runId) => runId === "even"),
        yield* handledBy("bbb", (runId) => runId === "odd")
      ]
      const rounds = Array.from({ length: 20 }, (_, index) => index + 1)
      yield* log.append(rounds.map((n) => ({ ...queryScored("two-works", n), runid: n % 2 === 0 ? "even" : "odd" })))
      yield* eventually("all were handled", () => even.length + odd.length >= 20)
      assert.sameMembers(
        even,
        rounds.filter((n) => n % 2 === 0)
      )
      assert.sameMembers(
        odd,
        rounds.filter((n) => n % 2 === 1)
      )
      // What was passed over last is acknowledged a moment after the last one was handled.
      const { num_pending, num_ack_pending } = yield* consumerOf(durableOf("two-works", "QueryScored", "aaa")).pipe(
        Effect.repeat({
          until: (consumer) => consumer.num_pending + consumer.num_ack_pending === 0,
          schedule: Schedule.spaced("50 millis")
        }),
        Effect.timeout("10 seconds")
      )
      assert.deepStrictEqual([num_pending, num_ack_pending], [0, 0])
    })
  )

  test.effect("let the actor's standing be told by those that run, else by the last that did", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const handled: Array<string> = []
      const hostedWith = (id: string) => {
        const actor = scoreActor("standing", () =>
          Effect.as(
            Effect.sync(() => handled.push(id)),
            []
          )
        )
        return host(actor, {}, { deliver: "new", work: { id, isFor: () => Effect.succeed(true) } })
      }
      const standing = Effect.map(actorStandings, (all) => all.find(({ actor }) => actor === "standing"))
      const scored = (work: string, n: number) =>
        Effect.andThen(
          log.append([queryScored(`standing-${work}`, n)]),
          eventually(`${work} handled it`, () => handled.filter((id) => id === work).length >= n)
        )
      yield* Effect.scoped(Effect.andThen(hostedWith("aaa"), scored("aaa", 1)))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* hostedWith("bbb")
          yield* scored("bbb", 1)
          yield* scored("bbb", 2)
          assert.include(yield* standing, { hosted: true, lag: 0 })
        })
      )
      assert.include(yield* standing, { hosted: false, lag: 0 })
      assert.strictEqual((yield* consumerOf(durableOf("standing", "QueryScored", "aaa"))).num_pending, 2)
    })
  )
})
