import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager, ReplayPolicy } from "@nats-io/jetstream"
import { Effect, FiberSet, type Scope } from "effect"
import { Broker } from "../event-log/broker.ts"
import { ReadError } from "../event-log/errors.ts"
import { Puller } from "../event-log/puller.ts"
import type { Delivery, Hands } from "./hands.ts"

export interface SubscriptionOptions {
  readonly stream: string
  /** Name of the durable consumer: every process that uses it gets a share of the messages. */
  readonly durable: string
  readonly filter: string
  /** Where the consumer begins when it is first made: the beginning, a position, or (`new`) after what is stored by then. */
  readonly deliver: "all" | "new" | number
  /** Milliseconds without a sign of life after which a message is given to another process. */
  readonly ackWait: number
  /** Deliveries that this process holds at most. */
  readonly window: number
}

const beginning = (deliver: SubscriptionOptions["deliver"]): Partial<ConsumerConfig> => {
  if (deliver === "all") return { deliver_policy: DeliverPolicy.All }
  if (deliver === "new") return { deliver_policy: DeliverPolicy.New }
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, deliver) }
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
  ...beginning(options.deliver),
  replay_policy: ReplayPolicy.Instant
})

const consumerError = (durable: string, cause: unknown): ReadError =>
  new ReadError({ detail: `consumer ${durable}: ${cause instanceof Error ? cause.message : String(cause)}` })

const ensured = (manager: JetStreamManager, options: SubscriptionOptions) =>
  Effect.tryPromise({
    try: () => {
      const { stream, durable } = options
      const found = () => manager.consumers.info(stream, durable)
      const made = () => manager.consumers.add(stream, consumerConfig(options))
      // Another process may make it in between, and begin elsewhere.
      return found().catch(() => made().catch((cause) => found().catch(() => Promise.reject(cause))))
    },
    catch: (cause) => consumerError(options.durable, cause)
  })

/** Makes the durable consumer unless it is there; where an existing one stands is never changed. */
export const ensureConsumer = (
  manager: JetStreamManager,
  options: SubscriptionOptions
): Effect.Effect<void, ReadError> => Effect.asVoid(ensured(manager, options))

/** Like `ensureConsumer`; one that was made with another `ackWait` waits as long as we do from now on. */
const joinConsumer = (manager: JetStreamManager, options: SubscriptionOptions): Effect.Effect<void, ReadError> =>
  Effect.gen(function* () {
    const { config } = yield* ensured(manager, options)
    const ack_wait = options.ackWait * 1e6
    if (config.ack_wait === ack_wait) return
    yield* Effect.tryPromise({
      try: () =>
        manager.consumers.update(options.stream, options.durable, { ack_wait, filter_subject: options.filter }),
      catch: (cause) => consumerError(options.durable, cause)
    })
  })

/**
 * Receives a durable consumer's messages for as long as the scope lives. What arrives when the scope has begun to close is
 * given back at once.
 */
export const subscribe = (
  options: SubscriptionOptions,
  hands: Hands,
  onDelivery: (delivery: Delivery) => void
): Effect.Effect<void, ReadError, Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const { nc, manager, onReconnect } = yield* Broker
    yield* joinConsumer(manager, options)
    const run = yield* FiberSet.makeRuntime<never>()
    let stopping = false

    const puller = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const pulling: Puller = new Puller(nc, {
          stream: options.stream,
          consumer: options.durable,
          window: options.window,
          refill: options.window / 4,
          onMessage: (message) => {
            const delivery = stopping ? undefined : hands.take(message, () => pulling.release())
            if (stopping) hands.refuse(message)
            if (delivery === undefined) pulling.release()
            else onDelivery(delivery)
          },
          onLost: () =>
            run(
              Effect.sleep("500 millis").pipe(
                Effect.andThen(ensureConsumer(manager, options)),
                Effect.ignore,
                Effect.andThen(Effect.sync(() => pulling.restart()))
              )
            )
        })
        return pulling
      }),
      (pulling) =>
        Effect.sync(() => {
          stopping = true
        }).pipe(Effect.andThen(Effect.promise(() => pulling.stop())), Effect.timeout("1 second"), Effect.ignore)
    )
    yield* Effect.acquireRelease(
      Effect.sync(() => onReconnect(() => puller.restart())),
      (forget) => Effect.sync(forget)
    )
  })
