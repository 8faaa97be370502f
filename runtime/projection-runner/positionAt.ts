import { Effect, Schema } from "effect"
import { Envelope } from "../../events/envelope.ts"
import { Broker } from "../event-log/broker.ts"
import { ReadError } from "../event-log/errors.ts"
import { eventStream } from "../event-log/streams.ts"

const decodeTime = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ time: Envelope.fields.time })))

/**
 * The position of the last event that was emitted up to a moment (milliseconds since 1970); 0 when there was none yet.
 *
 * The events' own times decide, since they stay what they are when a log is exported and imported; the time at which the broker
 * stored them does not. Clocks of several machines differ by a little, so the order of times is not quite the order of the log:
 * the answer is a position before which events are older and behind which they are younger, and it stays the same while the
 * log grows.
 */
export const positionAt = (moment: number, head: number): Effect.Effect<number, ReadError, Broker> =>
  Effect.gen(function* () {
    let position = 0
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, head))); step >= 1; step /= 2) {
      if (position + step <= head && (yield* timeAt(position + step)) <= moment) position += step
    }
    return position
  })

/** When the event at a position was emitted; when it was stored, for what is no event. Milliseconds since 1970. */
const timeAt = Effect.fnUntraced(function* (seq: number) {
  const { manager } = yield* Broker
  const stored = yield* Effect.tryPromise({
    try: () => manager.streams.getMessage(eventStream, { seq }),
    catch: (cause) => new ReadError({ detail: `event ${seq} of the log can't be read: ${String(cause)}` })
  })
  if (stored === null) return yield* new ReadError({ detail: `event ${seq} of the log is not there` })
  return yield* decodeTime(stored.string()).pipe(
    Effect.map(({ time }) => Date.parse(time)),
    Effect.filterOrElse(Number.isFinite, () => Effect.fail(undefined)),
    Effect.orElseSucceed(() => Date.parse(stored.timestamp))
  )
})
