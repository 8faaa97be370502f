import { Result } from "effect"
import { codec } from "../../../events/codec.ts"
import { evolveHistory } from "../../../projections/history/fold.ts"
import { emptyHistory, type History } from "../../../projections/history/history.ts"
import { bucketSize, openCondensed } from "../segments/condensedSegment.ts"
import { hashes, hashOf } from "../segments/correlation.ts"
import { readSegment, type SegmentEvent } from "../segments/readSegment.ts"
import { firstOf, lastOf } from "../segments/segment.ts"
import type { SegmentStore } from "../segments/segmentStore.ts"
import { countsHere, type FoldedShare, type Share } from "./share.ts"
import type { Task } from "./task.ts"

/** A stretch of the log that gives its history question by question, chosen by the hashes of their correlation ids. */
type Stretch = (fromHash: number, belowHash: number) => History

/** As many segments as fit into memory whole, several times over: of more, a part of the questions is folded at a time. */
const atOnce = 4

/**
 * Folds a share that may be condensed: a part of its questions at a time through all segments, so that memory holds that part
 * only, however long the log is.
 */
export const foldCondensed = function* <Input, State, Part>(
  task: Pick<Task<Input, State, Part>, "init" | "finish"> & {
    readonly absorb: (state: State, history: History) => State
  },
  input: Input,
  store: SegmentStore,
  share: Share & { readonly condensedBy: string }
): Generator<void, FoldedShare<Part>> {
  const { stretches, unreadable } = openStretches(store, share)
  const { belowHash, fromHash } = share.wanted
  const step = Math.max(1, Math.floor((hashes / bucketSize) * (atOnce / stretches.length))) * bucketSize
  const parts: Array<Part> = []
  for (let from = fromHash; from < belowHash; from += step) {
    const below = Math.min(from + step, belowHash)
    let state = task.init(input)
    for (const historyOf of stretches) state = task.absorb(state, historyOf(from, below))
    parts.push(task.finish(state, input))
    yield
  }
  return { parts, unreadable }
}

const openStretches = (
  store: SegmentStore,
  { condensedBy, segments, tail, wanted }: Share & { readonly condensedBy: string }
): { readonly stretches: ReadonlyArray<Stretch>; readonly unreadable: number } => {
  let unreadable = 0
  const isWhole = (segment: number) => wanted.first <= firstOf(store, segment) && lastOf(store, segment) <= wanted.last
  const held = (tell: (take: (event: SegmentEvent) => void) => void): Stretch => {
    const history = emptyHistory()
    tell((event) => {
      const decoded = codec.decode(event.text)
      if (Result.isSuccess(decoded)) evolveHistory(history, decoded.success)
      else if (countsHere(event, wanted)) unreadable++
    })
    return partOf(history)
  }
  const opened = segments.map((segment): Stretch => {
    if (!isWhole(segment)) return held((take) => readSegment(store, segment, wanted, take))
    const condensed = openCondensed(store, segment, condensedBy, wanted)
    unreadable += condensed.unreadable
    return condensed.history
  })
  const last = held((take) => tail.forEach(take))
  return { stretches: [...opened, last], unreadable }
}

const partOf =
  (history: History): Stretch =>
  (fromHash, belowHash) => ({
    ...history,
    questions: new Map(
      [...history.questions].filter(([correlationId]) => {
        const hash = hashOf(correlationId)
        return hash >= fromHash && hash < belowHash
      })
    )
  })
