import { Effect } from "effect"
import type { EventType } from "../../../events/registry.ts"
import type { ReadError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import type { Range } from "../range.ts"
import { correlationHash, partOf } from "../segments/correlation.ts"
import type { SegmentEvent, Wanted } from "../segments/readSegment.ts"
import { lastOf } from "../segments/segment.ts"
import type { Share } from "./foldPart.ts"

/** What is to be shared out. */
export interface Work extends Range {
  readonly run?: string
  readonly types: ReadonlyArray<EventType>
  /** Those of them that every part needs. */
  readonly shared: ReadonlyArray<EventType>
  /** In the log's order; what comes after them is read from the broker. */
  readonly segments: ReadonlyArray<number>
}

/** Shares of so many threads: all of one correlation id in one of them. */
export const sharesOf = (work: Work, parts: number): Effect.Effect<ReadonlyArray<Share>, ReadError, EventLog> =>
  Effect.gen(function* () {
    const { first, last, run, segments } = work
    const types = new Set<string>(work.types)
    const shared = new Set<string>(work.shared)
    const tails = yield* readTail(work, shared, parts)
    return tails.map((tail, part) => {
      const wanted: Wanted = { types, shared, first, last, part, parts, ...(run === undefined ? {} : { run }) }
      return { segments, wanted, tail }
    })
  })

/** The events behind the last segment, part by part. */
const readTail = Effect.fnUntraced(function* (
  { first, last, run, segments, types }: Work,
  shared: ReadonlySet<string>,
  parts: number
) {
  const tails = Array.from({ length: parts }, (): Array<SegmentEvent> => [])
  const from = Math.max(first, lastOf(segments.at(-1) ?? -1) + 1)
  if (from > last) return tails
  const log = yield* EventLog
  const selection = { types, ...(run === undefined ? {} : { run }) }
  yield* log.read({ ...selection, from, to: last }, (message) => {
    const event = { sequence: message.sequence, text: message.text(), shared: shared.has(message.type) }
    if (event.shared) for (const tail of tails) tail.push(event)
    else {
      const { buffer, byteLength, byteOffset } = message.bytes
      tails[partOf(correlationHash(Buffer.from(buffer, byteOffset, byteLength)), parts)]?.push(event)
    }
  })
  return tails
})
