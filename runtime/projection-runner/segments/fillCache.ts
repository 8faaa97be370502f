import { Effect } from "effect"
import type { ReadError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { firstOf, lastOf, type StoredEvent } from "./segment.ts"
import type { SegmentStore } from "./segmentStore.ts"

/**
 * Copies segments from the broker, one after the other. False as soon as one of them can't be kept: the disk refuses, or it is
 * too large; either is logged. Every segment must be full: the log never changes it any more.
 */
export const fillCache = (
  store: SegmentStore,
  missing: ReadonlyArray<number>
): Effect.Effect<boolean, ReadError, EventLog> =>
  Effect.gen(function* () {
    for (const segment of missing) {
      const events = yield* fetchSegment(store, segment)
      const refusal = yield* Effect.match(
        Effect.try(() => store.write(segment, events)),
        {
          onSuccess: (kept) => (kept ? undefined : "it is too large"),
          onFailure: ({ cause }) => (cause instanceof Error ? cause.message : String(cause))
        }
      )
      if (refusal === undefined) continue
      yield* Effect.logWarning(`segment ${segment} of the log can't be cached in ${store.folder}: ${refusal}`)
      return false
    }
    return true
  })

const fetchSegment = Effect.fnUntraced(function* (store: SegmentStore, segment: number) {
  const log = yield* EventLog
  const events: Array<StoredEvent> = []
  yield* log.read({ from: firstOf(store, segment), to: lastOf(store, segment) }, ({ bytes, sequence, subject }) => {
    events.push({ sequence, subject, body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) })
  })
  return events
})
