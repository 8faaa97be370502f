import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { deadLetterStream, eventStream } from "./streams.ts"

/** How long the server may take to look at what is unacknowledged after a consumer was changed: it does so after 100 ms. */
const lookedAfter = "200 millis"

/**
 * Gives back what processes held that are dead, without waiting for it: right after this process has started the server,
 * nobody who is connected can hold a message.
 *
 * The server keeps an unacknowledged message from others until its consumer's `ack_wait` is over (5 s by default), even when
 * its own restart shows that whoever had it is gone; a shorter wait would give messages away while a busy process handles them,
 * and making the consumer anew would repeat what was acknowledged out of order. So the wait is shortened for a moment: after a
 * kill the first message comes after 0.3 s instead of 4.7 s (measured, 2.9.10). Who shared the server and lives may get a
 * message a second time, as whenever a message is redelivered, and names the same events for it.
 */
export const giveBackAbandoned = (manager: JetStreamManager): Effect.Effect<void> =>
  Effect.gen(function* () {
    const held = yield* Effect.tryPromise(async () => {
      const consumers: Array<ConsumerInfo> = []
      for (const stream of [eventStream, deadLetterStream]) {
        for await (const consumer of manager.consumers.list(stream)) consumers.push(consumer)
      }
      return consumers.filter(({ num_ack_pending, config }) => num_ack_pending > 0 && config.durable_name !== undefined)
    })
    if (held.length === 0) return
    const waitFor = (nanos: (before: number) => number) =>
      Effect.forEach(
        held,
        ({ stream_name, name, config: { ack_wait = 0, filter_subject = "" } }) =>
          Effect.tryPromise(() =>
            manager.consumers.update(stream_name, name, { ack_wait: nanos(ack_wait), filter_subject })
          ),
        { concurrency: "unbounded", discard: true }
      )
    yield* Effect.acquireUseRelease(
      waitFor(() => 1e6),
      () => Effect.sleep(lookedAfter),
      () => waitFor((before) => before)
    )
  }).pipe(Effect.ignore)
