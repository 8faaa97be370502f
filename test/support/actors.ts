import { Effect } from "effect"
import { actorStandings } from "../../runtime/actor-host/lag.ts"
import { Broker } from "../../runtime/event-log/broker.ts"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import { eventStream } from "../../runtime/event-log/streams.ts"

/** Forgets how far every actor has come: the next host begins with the first event of the log. */
export const forgetProgress = Effect.gen(function* () {
  const { manager } = yield* Broker
  const names = yield* Effect.promise(async () => {
    const found: Array<string> = []
    for await (const { name } of manager.consumers.list(eventStream)) found.push(name)
    return found
  })
  yield* Effect.forEach(names, (name) => Effect.promise(() => manager.consumers.delete(eventStream, name)))
})

/** Waits until every actor has nothing left to do, and the log has come to rest. */
export const untilIdle = (seconds: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    let before = -1
    while (true) {
      const head = yield* log.head
      const standings = yield* actorStandings
      const busy = standings.some(({ lag, inFlight }) => lag + inFlight > 0)
      if (!busy && standings.length > 0 && head === before) return
      before = head
      yield* Effect.sleep("300 millis")
    }
  }).pipe(Effect.timeout(seconds * 1000))
