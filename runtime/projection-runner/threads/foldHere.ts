import { Effect } from "effect"
import { CorruptSegment } from "../segments/readSegment.ts"
import type { SegmentStore } from "../segments/segmentStore.ts"
import { foldShare } from "./foldShare.ts"
import type { FoldedShare, Share } from "./share.ts"
import type { Task } from "./task.ts"
import { ThreadError } from "./thread.ts"

/** Folds a share on this thread, and lets other fibers have a turn after each segment. */
export const foldHere = Effect.fnUntraced(function* <Input, State, Part>(
  task: Task<Input, State, Part>,
  input: Input,
  store: SegmentStore,
  share: Share
): Effect.fn.Return<FoldedShare<Part>, CorruptSegment | ThreadError> {
  const folding = foldShare(task, input, store, share)
  while (true) {
    const step = yield* Effect.try({
      try: () => folding.next(),
      catch: (cause) => (cause instanceof CorruptSegment ? cause : new ThreadError({ detail: String(cause) }))
    })
    if (step.done === true) return step.value
    yield* Effect.yieldNow
  }
})
