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
  onEvent: (event: SegmentEvent) => void
): void => {
  const index = store.index(segment)
  if (index === undefined) throw new CorruptSegment({ segment, detail: "not there, or not whole" })
  const stretches = index.subjects.map(({ subject, start, end }) => {
    const type = typeOfSubject(subject)
    const isWanted = wanted.types.has(type) && (wanted.run === undefined || runOfSubject(subject) === wanted.run)
    return isWanted ? { bytes: stretch(store, segment, start, end), start, shared: wanted.shared.has(type) } : undefined
  })
  if (stretches.every((found) => found === undefined)) return
  for (let i = 0; i < index.sequence.length; i++) {
    const found = stretches[index.subject[i] ?? -1]
    if (found === undefined) continue
    const sequence = index.first + (index.sequence[i] ?? 0)
    if (sequence < wanted.first || sequence > wanted.last) continue
    const hash = index.correlation[i] ?? 0
    if (!found.shared && (hash < wanted.fromHash || hash >= wanted.belowHash)) continue
    const body = found.bytes.subarray((index.start[i] ?? 0) - found.start, (index.end[i] ?? 0) - found.start)
    if (crc32(body) !== index.checksum[i])
      throw new CorruptSegment({ segment, detail: `event ${sequence} is not what it was` })
    onEvent({ sequence, text: body.toString(), shared: found.shared })
  }
}

const stretch = (store: SegmentStore, segment: number, start: number, end: number): Buffer => {
  try {
    return store.bodies(segment, start, end)
  } catch (cause) {
    throw new CorruptSegment({ segment, detail: String(cause) })
  }
}
