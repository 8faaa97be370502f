import { Effect } from "effect"
import type { Broker } from "../../event-log/broker.ts"
import type { ReadError } from "../../event-log/errors.ts"
import type { EventLog } from "../../event-log/eventLog.ts"
import { fillCache } from "./fillCache.ts"
import { lastOf, segmentOf } from "./segment.ts"
import { openSegmentCache } from "./segmentCache.ts"
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
  cacheDir: string,
  range: { readonly first: number; readonly last: number; readonly run?: string }
): Effect.Effect<UsableSegments | undefined, ReadError, EventLog | Broker> =>
  Effect.gen(function* () {
    const { head, store } = yield* openSegmentCache(cacheDir)
    const segments = fullSegments(range.first, range.last, head)
    if (segments.length === 0) return undefined
    const missing = segments.filter((segment) => store.index(segment) === undefined)
    if (missing.length > 0 && range.run !== undefined) return undefined
    return (yield* fillCache(store, missing)) ? { store, segments } : undefined
  })

/** The segments that hold a part of a range and to which the log will not add anything any more. */
const fullSegments = (first: number, last: number, head: number): ReadonlyArray<number> => {
  const segments: Array<number> = []
  for (let segment = segmentOf(first); segment <= segmentOf(last) && lastOf(segment) <= head; segment++) {
    segments.push(segment)
  }
  return segments
}
