import { hash } from "node:crypto"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { Clock, Effect } from "effect"
import { Broker } from "../../event-log/broker.ts"
import { ReadError } from "../../event-log/errors.ts"
import { eventStream } from "../../event-log/streams.ts"
import { SegmentStore } from "./segmentStore.ts"

/** The cached segments of the log that this process is connected to. */
export interface SegmentCache {
  readonly store: SegmentStore
  /** Position of the newest event of the log. */
  readonly head: number
}

/** Where cached segments are kept. */
export interface CacheFolder {
  readonly cacheDir: string
  /** Sequences of a segment. Another size is another cache. */
  readonly segmentSize: number
}

export const usualSegmentSize = 8192

const unreadable = (cause: unknown): ReadError => new ReadError({ detail: `the log can't be read: ${String(cause)}` })

/**
 * Opens the part of a cache folder that belongs to this log. Each stream has a folder of its own, named after its name and the
 * moment it was made; should the newest cached event differ from the broker's all the same, the folder is emptied.
 */
export const openSegmentCache = ({
  cacheDir,
  segmentSize
}: CacheFolder): Effect.Effect<SegmentCache, ReadError, Broker> =>
  Effect.gen(function* () {
    const { manager } = yield* Broker
    const info = yield* Effect.tryPromise({
      try: () => manager.streams.info(eventStream),
      catch: unreadable
    })
    const stream = hash("sha256", [info.config.name, info.created, segmentSize].join("\n"), "hex").slice(0, 24)
    const store = new SegmentStore({
      folder: join(cacheDir, `${info.config.name}-${stream}`),
      stream,
      size: segmentSize
    })
    const head = info.state.last_seq
    const now = yield* Clock.currentTimeMillis
    yield* Effect.ignore(Effect.try(() => store.tidy(now)))
    if (!(yield* agrees(store))) {
      yield* Effect.logWarning(`the segment cache ${store.folder} does not belong to this log: it is filled anew`)
      yield* Effect.ignore(Effect.try(() => store.clear()))
    }
    return { store, head }
  })

/** Whether the newest cached event is the one that the broker has in its place. */
const agrees = Effect.fnUntraced(function* (store: SegmentStore) {
  const newest = store.present().findLast((segment) => store.index(segment) !== undefined)
  const index = newest === undefined ? undefined : store.index(newest)
  const last = (index?.sequence.length ?? 0) - 1
  if (newest === undefined || index === undefined || last < 0) return true
  const { manager } = yield* Broker
  const seq = index.first + (index.sequence[last] ?? 0)
  const stored = yield* Effect.tryPromise({
    try: () => manager.streams.getMessage(eventStream, { seq }),
    catch: unreadable
  })
  return stored !== null && crc32(stored.data) === index.checksum[last]
})
