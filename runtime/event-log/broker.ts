import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import { giveBackAbandoned } from "./abandoned.ts"
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
    /** Runs `listener` each time the server refuses a message for want of permission, with its subject. */
    readonly onDenied: (listener: (subject: string) => void) => () => void
  }
>()("smartsearch/runtime/Broker") {
  static readonly layer = (settings: BrokerSettings): Layer.Layer<Broker, BrokerError> =>
    Layer.effect(
      Broker,
      Effect.gen(function* () {
        const reconnected = listeners<void>()
        const denied = listeners<string>()
        const { nc, started } = yield* openConnection(settings, {
          onReconnect: reconnected.tell,
          onDenied: denied.tell
        })
        const manager = yield* openStreams(nc, settings.kind === "external" ? (settings.replicas ?? 1) : 1)
        if (started) yield* giveBackAbandoned(manager)
        return Broker.of({ nc, manager, onReconnect: reconnected.add, onDenied: denied.add })
      })
    )
}

/** Those who want to be told something; `add` returns how to be told no more. */
const listeners = <A>() => {
  const all = new Set<(told: A) => void>()
  return {
    tell: (told: A): void => {
      for (const listener of all) listener(told)
    },
    add: (listener: (told: A) => void) => {
      all.add(listener)
      return () => void all.delete(listener)
    }
  }
}
