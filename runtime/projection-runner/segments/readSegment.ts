import { crc32 } from "node:zlib"
import { Schema } from "effect"
import { runOfSubject, typeOfSubject } from "../../../events/subjects.ts"
import type { SegmentStore } from "./segmentStore.ts"

/** Which events of a segment a thread wants. */
export interface Wanted {
  readonly types: ReadonlySet<string>
  /** Those of them that every part needs. */
  readonly shared: ReadonlySet<string>
  readonly run?: string
  readonly first: number
  readonly last: number
  /** Of everything but the shared types: correlation ids with hashes from here to below there. */
  readonly fromHash: number
  readonly belowHash: number
}

/** An event of a segment as its thread gets it. */
export interface SegmentEvent {
  readonly sequence: number
  readonly text: string
  /** Every part gets it. */
  readonly shared: boolean
}

/** The same with what the segment's index says about it. */
export interface IndexedEvent extends SegmentEvent {
  readonly run: string
  /** As it is stored; a view into the memory of many events. */
  readonly body: Buffer
  /** Where the body begins in the file of bodies. */
  readonly start: number
}

/** A stretch of the file of bodies, and the CRC-32 of its bytes. */
export interface Place {
  readonly start: number
  readonly end: number
  readonly checksum: number
}

/** Thrown when a cached segment does not hold what its index says: it must be fetched from the broker again. */
export class CorruptSegment extends Schema.TaggedError<CorruptSegment>()("CorruptSegment", {
  segment: Schema.Natural,
  detail: Schema.String
}) {
  override get message(): string {
    return `cached segment ${this.segment}: ${this.detail}`
  }
}

/**
 * Hands the wanted events of a segment to `onEvent`, in the log's order, each one verified. Throws a `CorruptSegment`, and may
 * have handed some over before.
 */
export const readSegment = (
  store: SegmentStore,
  segment: number,
  wanted: Wanted,
  onEvent: (event: IndexedEvent) => void
): void => {
  const index = store.index(segment)
  if (index === undefined) throw new CorruptSegment({ segment, detail: "not there, or not whole" })
  const stretches = index.subjects.map(({ subject, start, end }) => {
    const type = typeOfSubject(subject)
    const run = runOfSubject(subject)
    const isWanted = wanted.types.has(type) && (wanted.run === undefined || run === wanted.run)
    return isWanted
      ? { bytes: stretch(store, segment, start, end), start, run, shared: wanted.shared.has(type) }
      : undefined
  })
  if (stretches.every((found) => found === undefined)) return
  for (let i = 0; i < index.sequence.length; i++) {
    const found = stretches[index.subject[i] ?? -1]
    if (found === undefined) continue
    const sequence = index.first + (index.sequence[i] ?? 0)
    if (sequence < wanted.first || sequence > wanted.last) continue
    const hash = index.correlation[i] ?? 0
    if (!found.shared && (hash < wanted.fromHash || hash >= wanted.belowHash)) continue
    const place = { start: index.start[i] ?? 0, end: index.end[i] ?? 0, checksum: index.checksum[i] ?? 0 }
    const body = found.bytes.subarray(place.start - found.start, place.end - found.start)
    const { run, shared } = found
    const text = verified(body, place, segment, `event ${sequence}`)
    onEvent({ sequence, text, run, shared, body, start: place.start })
  }
}

/** A part of an event. Throws a `CorruptSegment`. */
export const readPlace = (store: SegmentStore, segment: number, place: Place): string =>
  verified(stretch(store, segment, place.start, place.end), place, segment, `what lies at ${place.start}`)

const verified = (body: Buffer, { checksum }: Place, segment: number, what: string): string => {
  if (crc32(body) !== checksum) throw new CorruptSegment({ segment, detail: `${what} is not what it was` })
  return body.toString()
}

const stretch = (store: SegmentStore, segment: number, start: number, end: number): Buffer => {
  try {
    return store.bodies(segment, start, end)
  } catch (cause) {
    throw new CorruptSegment({ segment, detail: String(cause) })
  }
}
