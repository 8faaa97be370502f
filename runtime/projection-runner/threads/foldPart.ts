import { Result } from "effect"
import { codec } from "../../../events/codec.ts"
import { readSegment, type SegmentEvent, type Wanted } from "../segments/readSegment.ts"
import type { SegmentStore } from "../segments/segmentStore.ts"
import type { Task } from "./task.ts"

/** A thread's share of a log. */
export interface Share {
  /** In the log's order. */
  readonly segments: ReadonlyArray<number>
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
  { segments, tail, wanted }: Share
): Generator<void, FoldedPart<Part>> {
  let state = task.init(input)
  let unreadable = 0
  const take = ({ sequence, shared, text }: SegmentEvent) => {
    const decoded = codec.decode(text)
    if (Result.isSuccess(decoded)) state = task.evolve(state, decoded.success, sequence)
    else if (!shared || wanted.fromHash === 0) unreadable++
  }
  for (const segment of segments) {
    readSegment(store, segment, wanted, take)
    yield
  }
  for (const event of tail) take(event)
  return { part: task.finish(state, input), unreadable }
}
