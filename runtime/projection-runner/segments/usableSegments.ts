import { Effect } from "effect"
import type { Broker } from "../../event-log/broker.ts"
import type { ReadError } from "../../event-log/errors.ts"
import type { EventLog } from "../../event-log/eventLog.ts"
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

/**
 * The cached full segments of a range, copied from the broker first where they are missing. Undefined when there is nothing to
 * gain from them: the range has none, the disk refuses, or only one run is wanted, which the broker sends sooner than all
 * the others' events could be copied.
 */
export const usableSegments = (
  cache: CacheFolder,
  range: Range & { readonly run?: string }
): Effect.Effect<UsableSegments | undefined, ReadError, EventLog | Broker> =>
  Effect.gen(function* () {
    const { head, store } = yield* openSegmentCache(cache)
    const segments = fullSegments(store, range, head)
    if (segments.length === 0) return undefined
    const missing = segments.filter((segment) => store.index(segment) === undefined)
    if (missing.length > 0 && range.run !== undefined) return undefined
    return (yield* fillCache(store, missing)) ? { store, segments } : undefined
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
