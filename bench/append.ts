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

/** Events a second of `count` events that `store` puts into the log, by `inFlight` callers at the same time. */
const measure = async (perCall: number, store: (events: ReadonlyArray<EventOf<"QueryScored">>) => Promise<unknown>) => {
  let left = count
  const caller = async () => {
    while (left > 0) {
      left -= perCall
      await store(Array.from({ length: perCall }, nextEvent))
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: Math.ceil(inFlight / perCall) }, caller))
  return (count * 1000) / (performance.now() - begun)
}

const bench = async (dataDir: string) =>
  Effect.gen(function* () {
    const services = yield* Layer.build(
      EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir })))
    )
    const log = Context.get(services, EventLog)
    const { nc } = Context.get(services, Broker)
    const { host, port } = nc.info ?? {}
    const { token } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8"))
    const client = yield* Effect.acquireRelease(
      Effect.promise(() => connect({ servers: `${host}:${port}`, token })),
      (connection) => Effect.promise(() => connection.close())
    )
    const js = jetstream(client)
    const publish = ([event]: ReadonlyArray<EventOf<"QueryScored">>) =>
      event === undefined
        ? Promise.resolve()
        : js.publish(eventSubject(event.type, event.runid), codec.encode(event), { msgID: event.id })
    const append = (events: ReadonlyArray<EventOf<"QueryScored">>) => Effect.runPromise(log.append(events))
    const variants = {
      "js.publish, defaults": () => measure(1, publish),
      "EventLog.append, one event a call": () => measure(1, append),
      "EventLog.append, 100 events a call": () => measure(100, append)
    }
    return yield* Effect.promise(() => alternate(repetitions, variants))
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
