import { availableParallelism } from "node:os"
import { Effect } from "effect"
import type { Broker } from "../event-log/broker.ts"
import type { ReadError } from "../event-log/errors.ts"
import type { EventLog } from "../event-log/eventLog.ts"
import type { FoldedRange } from "./fold.ts"
import { foldCached } from "./foldCached.ts"
import { foldLog } from "./foldLog.ts"
import { type Range, rangeOf } from "./range.ts"
import { usualSegmentSize } from "./segments/segmentCache.ts"
import { usableSegments } from "./segments/usableSegments.ts"
import type { Task } from "./threads/task.ts"
import type { ThreadError } from "./threads/thread.ts"

/** What of the log is folded, and how. */
export interface Reading {
  /** Only this run's events; every run's when absent. */
  readonly run?: string
  /** First position, or the moment from which on events were emitted; the beginning when absent. */
  readonly from?: number | Date
  /** Last position, or the moment up to which events were emitted; the head when absent. */
  readonly to?: number | Date
  /** Folder of the segment cache; straight from the broker when absent. */
  readonly cacheDir?: string
  /** Sequences of a cached segment: 8,192 when absent. Another size is another cache. */
  readonly segmentSize?: number
  /** Threads that fold what is cached, this one included; two when absent, or one where there is one core. */
  readonly threads?: number
}

/** What a task made of each part of the log. */
export interface FoldedParts<Part> extends FoldedRange {
  readonly parts: ReadonlyArray<Part>
}

/**
 * Folds a range of the log, divided by correlation id among threads where it is cached, and in one part straight from the
 * broker where it is not. What the parts amount to is the same either way.
 */
export const foldParts = <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  reading: Reading
): Effect.Effect<FoldedParts<Part>, ReadError | ThreadError, EventLog | Broker> =>
  Effect.gen(function* () {
    const range = yield* rangeOf(reading)
    const { cacheDir, run, segmentSize = usualSegmentSize, threads = Math.min(2, availableParallelism()) } = reading
    const selected = { ...range, ...(run === undefined ? {} : { run }) }
    const cached = cacheDir === undefined ? undefined : yield* usableSegments({ cacheDir, segmentSize }, selected)
    const folded =
      cached === undefined ? undefined : yield* foldCached(task, input, { ...selected, ...cached, threads })
    return folded === undefined ? yield* foldBroker(task, input, selected) : { ...inclusive(range), ...folded }
  })

const inclusive = ({ first, last }: Range): Range => (first > last ? { first: 0, last: 0 } : { first, last })

const foldBroker = Effect.fnUntraced(function* <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  { first, last, run }: Range & { readonly run?: string }
) {
  const fold = {
    consumes: task.consumes(input),
    init: () => task.init(input),
    evolve: task.evolve,
    ...(run === undefined ? {} : { run })
  }
  const { state, ...folded } = yield* foldLog(fold, { from: first, to: last })
  return { ...folded, parts: [task.finish(state, input)] }
})
