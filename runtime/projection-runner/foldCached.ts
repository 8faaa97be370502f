import { Effect } from "effect"
import type { ReadError } from "../event-log/errors.ts"
import type { EventLog } from "../event-log/eventLog.ts"
import type { Range } from "./range.ts"
import { condenseSegments } from "./segments/condenseSegments.ts"
import { fillCache } from "./segments/fillCache.ts"
import { CorruptSegment } from "./segments/readSegment.ts"
import type { UsableSegments } from "./segments/usableSegments.ts"
import { foldHere } from "./threads/foldHere.ts"
import { condensed, divide, eventByEvent, sharesOf } from "./threads/shares.ts"
import type { Task } from "./threads/task.ts"
import { openThread, type ThreadError } from "./threads/thread.ts"

interface Cached extends Range, UsableSegments {
  readonly run?: string
  readonly threads: number
}

/** Segments that turn out to be spoilt are fetched again this many times; then the disk is not to be trusted. */
const repairs = 3

/**
 * Folds cached segments and, from the broker, what comes after them, on so many threads. Undefined when the cache can't be read
 * after all.
 */
export const foldCached = <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  cached: Cached
): Effect.Effect<
  { readonly parts: ReadonlyArray<Part>; readonly unreadable: number } | undefined,
  ReadError | ThreadError,
  EventLog
> =>
  Effect.gen(function* () {
    const { segments, store } = cached
    for (let repair = 0; repair <= repairs; repair++) {
      const folded = yield* foldOnce(task, input, cached).pipe(
        Effect.catchTag("CorruptSegment", (corrupt) => Effect.succeed(corrupt))
      )
      if (!(folded instanceof CorruptSegment)) return folded
      yield* Effect.logWarning(`${folded.message}; it is fetched again`)
      yield* Effect.ignore(Effect.try(() => store.remove(folded.segment)))
      const missing = segments.filter((segment) => store.index(segment) === undefined)
      if (!(yield* fillCache(store, missing))) return undefined
    }
    return undefined
  })

const foldOnce = <Input, State, Part>(task: Task<Input, State, Part>, input: Input, cached: Cached) =>
  Effect.gen(function* () {
    const { segments, store } = cached
    const condensedBy = task.absorb(input) === undefined ? undefined : yield* condenseSegments(store, segments)
    const pace = condensedBy === undefined ? eventByEvent : condensed
    const [end, ...otherEnds] = divide(segments.length, cached.threads, pace)
    const threads = yield* Effect.forEach(otherEnds, () => openThread)
    const work = {
      ...cached,
      types: task.consumes(input),
      shared: task.shared,
      segmentation: store,
      ...(condensedBy === undefined ? {} : { condensedBy })
    }
    const [own, ...others] = yield* sharesOf(work, [end, ...otherEnds])
    const { folder, size, stream } = store
    const assignment = { task: task.name, input, store: { folder, size, stream } }
    const there = threads.flatMap(({ fold }, i) => {
      const share = others[i]
      return share === undefined ? [] : [fold<Part>({ ...assignment, share })]
    })
    // The others first: this thread is busy from then on.
    const folded = yield* Effect.all([...there, foldHere(task, input, store, own)], { concurrency: "unbounded" })
    return {
      parts: folded.flatMap(({ parts }) => parts),
      unreadable: folded.reduce((sum, { unreadable }) => sum + unreadable, 0)
    }
  }).pipe(Effect.scoped)
