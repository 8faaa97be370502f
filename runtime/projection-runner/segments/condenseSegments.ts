import { Effect } from "effect"
import { condenseSegment } from "./condensedSegment.ts"
import { historyCode } from "./historyCode.ts"
import { CorruptSegment } from "./readSegment.ts"
import type { SegmentStore } from "./segmentStore.ts"

/**
 * Condenses those of the segments that this code has not condensed yet, and lets other fibers have a turn after each. The code by
 * which they are found; undefined when the disk refuses, which is logged: segments can be folded without.
 */
export const condenseSegments = (
  store: SegmentStore,
  segments: ReadonlyArray<number>
): Effect.Effect<string | undefined, CorruptSegment> =>
  Effect.gen(function* () {
    const code = historyCode()
    for (const segment of segments.filter((each) => !store.hasCondensed(each, code))) {
      const content = yield* Effect.try({
        try: () => condenseSegment(store, segment),
        catch: (cause) =>
          cause instanceof CorruptSegment ? cause : new CorruptSegment({ segment, detail: String(cause) })
      })
      const refusal = yield* Effect.match(
        Effect.try(() => store.keepCondensed(segment, code, content)),
        {
          onSuccess: () => undefined,
          onFailure: ({ cause }) => (cause instanceof Error ? cause.message : String(cause))
        }
      )
      if (refusal !== undefined) {
        yield* Effect.logWarning(`segment ${segment} of the log can't be condensed in ${store.folder}: ${refusal}`)
        return undefined
      }
      yield* Effect.yieldNow
    }
    return code
  })
