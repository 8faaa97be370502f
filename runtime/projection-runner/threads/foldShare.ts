import { Result } from "effect"
import { codec } from "../../../events/codec.ts"
import { readSegment, type SegmentEvent } from "../segments/readSegment.ts"
import type { SegmentStore } from "../segments/segmentStore.ts"
import { foldCondensed } from "./foldCondensed.ts"
import { countsHere, type FoldedShare, type Share } from "./share.ts"
import type { Task } from "./task.ts"

/**
 * Folds a share of the log, and pauses now and then for whoever has something else to do. Throws a `CorruptSegment`.
 */
export const foldShare = function* <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  store: SegmentStore,
  share: Share
): Generator<void, FoldedShare<Part>> {
  const absorb = task.absorb(input)
  try {
    return absorb === undefined || share.condensedBy === undefined
      ? yield* foldEvents(task, input, store, share)
      : yield* foldCondensed({ ...task, absorb }, input, store, { ...share, condensedBy: share.condensedBy })
  } finally {
    store.close()
  }
}

const foldEvents = function* <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  store: SegmentStore,
  { segments, tail, wanted }: Share
): Generator<void, FoldedShare<Part>> {
  let state = task.init(input)
  let unreadable = 0
  const take = (event: SegmentEvent) => {
    const decoded = codec.decode(event.text)
    if (Result.isSuccess(decoded)) state = task.evolve(state, decoded.success, event.sequence)
    else if (countsHere(event, wanted)) unreadable++
  }
  for (const segment of segments) {
    readSegment(store, segment, wanted, take)
    yield
  }
  for (const event of tail) take(event)
  return { parts: [task.finish(state, input)], unreadable }
}
