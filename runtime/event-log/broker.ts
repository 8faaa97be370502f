import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import { openConnection } from "./connection.ts"
import type { BrokerError } from "./errors.ts"
import type { BrokerSettings } from "./settings.ts"
import { openStreams } from "./streams.ts"

/** An open connection to the broker whose streams exist. */
export class Broker extends Context.Service<
  Broker,
  {
    readonly nc: NatsConnection
    readonly manager: JetStreamManager
    /** Runs `listener` each time the connection is back after a break, until the returned function is called. */
    readonly onReconnect: (listener: () => void) => () => void
  }
>()("smartsearch/runtime/Broker") {
  static readonly layer = (settings: BrokerSettings): Layer.Layer<Broker, BrokerError> =>
    Layer.effect(
      Broker,
      Effect.gen(function* () {
        const listeners = new Set<() => void>()
        const nc = yield* openConnection(settings, () => {
          for (const listener of listeners) listener()
        })
        const manager = yield* openStreams(nc, settings.kind === "external" ? (settings.replicas ?? 1) : 1)
        const onReconnect = (listener: () => void) => {
          listeners.add(listener)
          return () => {
            listeners.delete(listener)
          }
        }
        return Broker.of({ nc, manager, onReconnect })
      })
    )
}
