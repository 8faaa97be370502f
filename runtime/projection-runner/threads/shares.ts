import { Effect } from "effect"
import type { EventType } from "../../../events/registry.ts"
import type { ReadError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import type { Range } from "../range.ts"
import { bucketSize } from "../segments/condensedSegment.ts"
import { correlationHash, hashes } from "../segments/correlation.ts"
import type { SegmentEvent, Wanted } from "../segments/readSegment.ts"
import { lastOf, type Segmentation } from "../segments/segment.ts"
import type { Share } from "./share.ts"

/** What is to be shared out. */
export interface Work extends Range {
  readonly run?: string
  readonly types: ReadonlyArray<EventType>
  /** Those of them that every part needs. */
  readonly shared: ReadonlyArray<EventType>
  /** In the log's order; what comes after them is read from the broker. */
  readonly segments: ReadonlyArray<number>
  readonly segmentation: Segmentation
  /** The code whose condensed copies of segments may stand for their events. */
  readonly condensedBy?: string
}

/** How fast segments are folded, and how finely they can be divided. */
export interface Pace {
  /** Starting a thread takes about as long as folding this many segments does. */
  readonly startUp: number
  /** Shares begin and end at multiples of this hash. */
  readonly unit: number
}

export const eventByEvent: Pace = { startUp: 5, unit: 1 }
export const condensed: Pace = { startUp: 12, unit: bucketSize }

/**
 * How the hashes of correlation ids are divided, as the ends of the parts: the first part is this thread's, which need not be
 * started and so gets more. Less than the threads allowed where another one would not be ready in time to help.
 */
export const divide = (segments: number, threads: number, { startUp, unit }: Pace = eventByEvent): NonEmpty<number> => {
  const parts = Math.max(1, Math.min(threads, Math.floor(segments / startUp)))
  const other = (1 - startUp / Math.max(segments, 1)) / parts
  const endOf = (part: number) => Math.round((hashes / unit) * (1 - other * (parts - 1 - part))) * unit
  return [endOf(0), ...Array.from({ length: parts - 1 }, (_, i) => endOf(i + 1))]
}

type NonEmpty<A> = readonly [A, ...ReadonlyArray<A>]

/** The shares of parts with these ends: all of one correlation id is in one of them. */
export const sharesOf = (work: Work, ends: NonEmpty<number>): Effect.Effect<NonEmpty<Share>, ReadError, EventLog> =>
  Effect.gen(function* () {
    const { condensedBy, first, last, run, segments } = work
    const types = new Set<string>(work.types)
    const shared = new Set<string>(work.shared)
    const tails = yield* readTail(work, shared, ends)
    const share = (belowHash: number, i: number): Share => {
      const fromHash = ends[i - 1] ?? 0
      const wanted: Wanted = { types, shared, first, last, fromHash, belowHash, ...(run === undefined ? {} : { run }) }
      return { segments, wanted, tail: tails[i] ?? [], ...(condensedBy === undefined ? {} : { condensedBy }) }
    }
    const [end, ...others] = ends
    return [share(end, 0), ...others.map((belowHash, i) => share(belowHash, i + 1))]
  })

/** The events behind the last segment, part by part. */
const readTail = Effect.fnUntraced(function* (
  { first, last, run, segmentation, segments, types }: Work,
  shared: ReadonlySet<string>,
  ends: ReadonlyArray<number>
) {
  const tails = ends.map((): Array<SegmentEvent> => [])
  const from = Math.max(first, lastOf(segmentation, segments.at(-1) ?? -1) + 1)
  if (from > last) return tails
  const log = yield* EventLog
  const selection = { types, ...(run === undefined ? {} : { run }) }
  yield* log.read({ ...selection, from, to: last }, (message) => {
    const event = { sequence: message.sequence, text: message.text(), shared: shared.has(message.type) }
    if (event.shared) for (const tail of tails) tail.push(event)
    else {
      const { buffer, byteLength, byteOffset } = message.bytes
      const hash = correlationHash(Buffer.from(buffer, byteOffset, byteLength))
      tails[ends.findIndex((end) => hash < end)]?.push(event)
    }
  })
  return tails
})
