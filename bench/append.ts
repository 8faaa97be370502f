import { readFileSync } from "node:fs"
import { join } from "node:path"
import { jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import { codec } from "../events/codec.ts"
import type { EventOf } from "../events/envelope.ts"
import { eventSubject } from "../events/subjects.ts"
import { Broker } from "../runtime/event-log/broker.ts"
import { EventLog } from "../runtime/event-log/eventLog.ts"
import { queryScored } from "../runtime/event-log/testing/events.ts"
import { alternate, inTemporaryFolder, machine, median, spread, table } from "./support.ts"

/**
 * How many events of about 1.1 KB a second are stored for good, building and encoding each of them included: by
 * `EventLog.append`, with one event and with a hundred in each call, and by the client's own `publish` as it comes.
 */

const count = 20_000
const inFlight = 256
const repetitions = 3

let built = 0
const nextEvent = (): EventOf<"QueryScored"> => queryScored(`bench-${process.pid}`, built++)

/** Events a second of `count` events that `store` puts into the log, by so many callers that `inFlight` are on their way. */
const measure = <E>(
  perCall: number,
  store: (events: ReadonlyArray<EventOf<"QueryScored">>) => Effect.Effect<unknown, E>
): Effect.Effect<number, E> =>
  Effect.gen(function* () {
    const begun = performance.now()
    const call = Effect.suspend(() => store(Array.from({ length: perCall }, nextEvent)))
    const calls = Array.from({ length: count / perCall }, () => call)
    yield* Effect.forEach(calls, (one) => one, { concurrency: Math.ceil(inFlight / perCall), discard: true })
    return (count * 1000) / (performance.now() - begun)
  })

const bench = (dataDir: string) =>
  Effect.gen(function* () {
    const broker = Broker.layer({ kind: "embedded", dataDir })
    const services = yield* Layer.build(EventLog.layer.pipe(Layer.provideMerge(broker)))
    const log = Context.get(services, EventLog)
    const { host, port } = Context.get(services, Broker).nc.info ?? {}
    const { token } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8"))
    const client = yield* Effect.acquireRelease(
      Effect.promise(() => connect({ servers: `${host}:${port}`, token })),
      (connection) => Effect.promise(() => connection.close())
    )
    const js = jetstream(client)
    const publish = (events: ReadonlyArray<EventOf<"QueryScored">>) =>
      Effect.forEach(events, (event) =>
        Effect.promise(() =>
          js.publish(eventSubject(event.type, event.runid), codec.encode(event), { msgID: event.id })
        )
      )
    const run = <E>(measured: Effect.Effect<number, E>) => Effect.runPromise(measured)
    return yield* Effect.promise(() =>
      alternate(repetitions, {
        "js.publish, defaults": () => run(measure(1, publish)),
        "EventLog.append, one event a call": () => run(measure(1, log.append)),
        "EventLog.append, 100 events a call": () => run(measure(100, log.append))
      })
    )
  }).pipe(Effect.scoped, Effect.runPromise)

const measured = await inTemporaryFolder(bench)
const reference = median(measured["js.publish, defaults"])
console.log(`${machine()}\n${count} events of ${codec.encode(nextEvent()).length} bytes, ${repetitions} repetitions\n`)
console.log(
  table(
    ["way", "events/s, median [lowest–highest]", "ratio"],
    Object.entries(measured).map(([name, values]) => [name, spread(values), (median(values) / reference).toFixed(2)])
  )
)
