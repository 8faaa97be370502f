import { Result } from "effect"
import { codec } from "../../../events/codec.ts"
import { readCondensed } from "../segments/condensedSegment.ts"
import { readSegment, type SegmentEvent, type Wanted } from "../segments/readSegment.ts"
import { firstOf, lastOf } from "../segments/segment.ts"
import type { SegmentStore } from "../segments/segmentStore.ts"
import type { Task } from "./task.ts"

/** A thread's share of a log. */
export interface Share {
  /** In the log's order. */
  readonly segments: ReadonlyArray<number>
  /** The code whose condensed copies of segments may stand for their events. */
  readonly condensedBy?: string
  readonly wanted: Wanted
  /** What comes after the segments, as far as this part wants it. */
  readonly tail: ReadonlyArray<SegmentEvent>
}

export interface FoldedPart<Part> {
  readonly part: Part
  /** Events of this part that this release can't read; those of shared types count in the first part only. */
  readonly unreadable: number
}

/**
 * Folds a share of the log, and pauses after each segment for whoever has something else to do. Throws a `CorruptSegment`.
 */
export const foldPart = function* <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  store: SegmentStore,
  { condensedBy, segments, tail, wanted }: Share
): Generator<void, FoldedPart<Part>> {
  let state = task.init(input)
  let unreadable = 0
  const take = ({ sequence, shared, text }: SegmentEvent) => {
    const decoded = codec.decode(text)
    if (Result.isSuccess(decoded)) state = task.evolve(state, decoded.success, sequence)
    else if (!shared || wanted.fromHash === 0) unreadable++
  }
  const absorb = task.absorb(input)
  const isWhole = (segment: number) => wanted.first <= firstOf(store, segment) && lastOf(store, segment) <= wanted.last
  const absorbs = (segment: number): boolean => {
    if (absorb === undefined || condensedBy === undefined || !isWhole(segment)) return false
    const folded = readCondensed(store, segment, condensedBy, wanted)
    if (folded === undefined) return false
    state = absorb(state, folded.history)
    unreadable += folded.unreadable
    return true
  }
  try {
    for (const segment of segments) {
      if (!absorbs(segment)) readSegment(store, segment, wanted, take)
      yield
    }
    for (const event of tail) take(event)
    return { part: task.finish(state, input), unreadable }
  } finally {
    store.close()
  }
}
