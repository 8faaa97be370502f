import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager, ReplayPolicy } from "@nats-io/jetstream"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import { Broker } from "../event-log/broker.ts"
import { ReadError } from "../event-log/errors.ts"
import { deliveryOf, Puller } from "../event-log/puller.ts"

/** One delivery of a message to this process, to be answered exactly once. */
export interface Delivery {
  readonly subject: string
  /** Position in its stream. */
  readonly sequence: number
  /** 1 for the first delivery. */
  readonly deliveries: number
  readonly text: () => string
  readonly header: (name: string) => string
  /** Handled: it never comes again. */
  readonly ack: () => void
  /** Not handled: it comes again after `delay` milliseconds. */
  readonly nak: (delay: number) => void
}

export interface SubscriptionOptions {
  readonly stream: string
  /** Name of the durable consumer: every process that uses it gets a share of the messages. */
  readonly durable: string
  readonly filter: string
  /** `new`: only what is stored after the consumer was first made. */
  readonly deliver: "all" | "new"
  readonly ackWait: number
  /** Deliveries that this process holds at most. */
  readonly window: number
}

const consumerConfig = (options: SubscriptionOptions): Partial<ConsumerConfig> & { name: string } => ({
  name: options.durable,
  durable_name: options.durable,
  filter_subject: options.filter,
  ack_policy: AckPolicy.Explicit,
  ack_wait: options.ackWait * 1e6,
  // The host counts deliveries itself: the server would only stop delivering, without telling anybody.
  max_deliver: -1,
  max_ack_pending: -1,
  deliver_policy: options.deliver === "all" ? DeliverPolicy.All : DeliverPolicy.New,
  replay_policy: ReplayPolicy.Instant
})

/** Makes the durable consumer unless it is there; where an existing one stands is never changed. */
export const ensureConsumer = (
  manager: JetStreamManager,
  options: SubscriptionOptions
): Effect.Effect<void, ReadError> =>
  Effect.tryPromise({
    try: () =>
      manager.consumers
        .info(options.stream, options.durable)
        .catch(() => manager.consumers.add(options.stream, consumerConfig(options))),
    catch: (cause) => new ReadError({ detail: `consumer ${options.durable}: ${String(cause)}` })
  })

const deliver = (nc: NatsConnection, message: Msg, onAnswered: () => void): Delivery => {
  const { sequence, deliveries } = deliveryOf(message)
  const answer = (text: string) => {
    onAnswered()
    if (!nc.isClosed() && message.reply !== undefined) nc.publish(message.reply, text)
  }
  return {
    subject: message.subject,
    sequence,
    deliveries,
    text: () => message.string(),
    header: (name) => message.headers?.get(name) ?? "",
    ack: () => answer("+ACK"),
    nak: (delay) => answer(`-NAK {"delay":${Math.round(delay * 1e6)}}`)
  }
}

/**
 * Receives a durable consumer's messages for as long as the scope lives. While a message is being handled the broker is told
 * so, at a third of `ackWait`; whatever is unanswered when the process dies goes to another one after `ackWait`.
 */
export const subscribe = (
  options: SubscriptionOptions,
  onDelivery: (delivery: Delivery) => void
): Effect.Effect<void, ReadError, Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const { nc, manager, onReconnect } = yield* Broker
    yield* ensureConsumer(manager, options)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const held = new Map<string, Msg>()
        const puller = new Puller(nc, {
          stream: options.stream,
          consumer: options.durable,
          window: options.window,
          onMessage: (message) => {
            const key = message.reply ?? ""
            held.set(key, message)
            onDelivery(
              deliver(nc, message, () => {
                if (held.delete(key)) puller.release()
              })
            )
          },
          onLost: () => {
            setTimeout(() => {
              Effect.runFork(
                Effect.ignore(ensureConsumer(manager, options)).pipe(
                  Effect.andThen(Effect.sync(() => puller.restart()))
                )
              )
            }, 500)
          }
        })
        const heartbeat = setInterval(() => {
          if (nc.isClosed()) return
          for (const reply of held.keys()) nc.publish(reply, "+WPI")
        }, options.ackWait / 3)
        const forget = onReconnect(() => puller.restart())
        return { puller, heartbeat, forget }
      }),
      ({ puller, heartbeat, forget }) =>
        Effect.sync(() => {
          clearInterval(heartbeat)
          forget()
          puller.stop()
        })
    )
  })
