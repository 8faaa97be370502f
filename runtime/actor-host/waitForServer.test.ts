import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog } from "../event-log/eventLog.ts"
import { queryScored } from "../event-log/testing/events.ts"
import { eventually, quietLog } from "../event-log/testing/servers.ts"
import { listDeadLetters } from "./deadLetters.ts"
import { durableOf } from "./durable.ts"
import { CurrentOutages } from "./outages.ts"
import { consumerOf, host, scoreActor, stored, verdict } from "./testing/hosting.ts"

const lettersOf = (actor: string) =>
  Effect.map(listDeadLetters, (letters) => letters.filter((letter) => letter.actor === actor))

/** The verdicts that an actor emitted. */
const verdictsOf = (actor: string) => stored(({ source }) => source === `/actors/${actor}/1`)

layer(quietLog, { excludeTestServices: true })("a message whose server is away", (it) => {
  it.effect("waits in hand until it is back, without using up deliveries", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const outages = yield* CurrentOutages
      let back = false
      let calls = 0
      const actor = scoreActor("waits-for-server", (event) => {
        calls++
        return back ? Effect.succeed([verdict(event)]) : Effect.fail({ message: "refused", outage: "server S" })
      })
      yield* host(actor, { maxDeliver: 1, patience: 60_000 })
      yield* log.append([queryScored("waits-for-server", 1), queryScored("waits-for-server", 2)])
      yield* eventually("both were tried again", () => calls >= 4)
      assert.deepStrictEqual(outages.current(), [{ away: "server S", messages: 2 }])
      const durable = durableOf("waits-for-server", "QueryScored")
      assert.strictEqual((yield* consumerOf(durable)).num_redelivered, 0)
      back = true
      while ((yield* verdictsOf("waits-for-server")).length < 2) yield* Effect.sleep("10 millis")
      yield* eventually("nobody waits any more", () => outages.current().length === 0)
      assert.lengthOf(yield* lettersOf("waits-for-server"), 0)
    })
  )

  it.effect("is parked once it waited longer than the host has patience, and that is told", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const actor = scoreActor("impatient", () => Effect.fail({ message: "refused", outage: "server T" }))
      yield* host(actor, { maxDeliver: 5, patience: 600 })
      yield* log.append([queryScored("impatient", 1)])
      while ((yield* lettersOf("impatient")).length === 0) yield* Effect.sleep("10 millis")
      const letters = yield* lettersOf("impatient")
      assert.include(letters[0], { attempts: 1, error: "refused (waited 1 s for it)" })
      const outages = yield* CurrentOutages
      yield* eventually("nobody waits any more", () => outages.current().length === 0)
    })
  )

  it.effect("is given back at once when the host stops", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let calls = 0
      const away = scoreActor("stops-waiting", () => {
        calls++
        return Effect.fail({ message: "refused", outage: "server U" })
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* host(away, { patience: 60_000, grace: 20_000, ackWait: 20_000 })
          yield* log.append([queryScored("stops-waiting", 1)])
          yield* eventually("it was tried again", () => calls >= 2)
        })
      ).pipe(Effect.timeout("5 seconds"))
      yield* host(
        scoreActor("stops-waiting", (event) => Effect.succeed([verdict(event)])),
        { ackWait: 20_000 }
      )
      while ((yield* verdictsOf("stops-waiting")).length === 0) yield* Effect.sleep("10 millis")
    }).pipe(Effect.timeout("15 seconds"))
  )
})
