import { Effect } from "effect"
import { eventSubject } from "../../../events/subjects.ts"
import { Broker } from "../../event-log/broker.ts"
import { ReadError } from "../../event-log/errors.ts"
import type { EventLog } from "../../event-log/eventLog.ts"
import { eventStream } from "../../event-log/streams.ts"
import type { Range } from "../range.ts"
import { fillCache } from "./fillCache.ts"
import { lastOf, type Segmentation, segmentOf } from "./segment.ts"
import { type CacheFolder, openSegmentCache } from "./segmentCache.ts"
import type { SegmentStore } from "./segmentStore.ts"

/** Cached segments that cover a range but for its tail. */
export interface UsableSegments {
  readonly store: SegmentStore
  readonly segments: ReadonlyArray<number>
}

/** Fewer segments come from the broker as soon as from the disk. */
const worthwhile = 4

/**
 * The cached full segments of a range, copied from the broker first where they are missing. Undefined when there is nothing to
 * gain from them: the range is short, the disk refuses, or what is wanted is less than half of what would have to be copied.
 */
export const usableSegments = (
  cache: CacheFolder,
  range: Range & { readonly run?: string }
): Effect.Effect<UsableSegments | undefined, ReadError, EventLog | Broker> =>
  Effect.gen(function* () {
    const { head, store } = yield* openSegmentCache(cache)
    const segments = fullSegments(store, range, head)
    if (segments.length < worthwhile) return undefined
    const missing = segments.filter((segment) => store.index(segment) === undefined)
    if (missing.length > 0 && range.run !== undefined && (yield* eventsOf(range.run)) < head / 2) return undefined
    return (yield* fillCache(store, missing)) ? { store, segments } : undefined
  })

/** How many events of a run the log has. */
const eventsOf = Effect.fnUntraced(function* (run: string) {
  const { manager } = yield* Broker
  const { state } = yield* Effect.tryPromise({
    try: () => manager.streams.info(eventStream, { subjects_filter: eventSubject("*", run) }),
    catch: (cause) => new ReadError({ detail: `the log can't be read: ${String(cause)}` })
  })
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0)
})

/** The segments that hold a part of a range and to which the log will not add anything any more. */
const fullSegments = (segmentation: Segmentation, { first, last }: Range, head: number): ReadonlyArray<number> => {
  const segments: Array<number> = []
  const end = segmentOf(segmentation, last)
  for (let segment = segmentOf(segmentation, first); segment <= end; segment++) {
    if (lastOf(segmentation, segment) <= head) segments.push(segment)
  }
  return segments
}
