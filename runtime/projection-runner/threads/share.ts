import type { SegmentEvent, Wanted } from "../segments/readSegment.ts"

/** A thread's share of a log. */
export interface Share {
  /** In the log's order. */
  readonly segments: ReadonlyArray<number>
  /** The code whose condensed copies of segments stand for their events; absent when there are none. */
  readonly condensedBy?: string
  readonly wanted: Wanted
  /** What comes after the segments, as far as this share wants it. */
  readonly tail: ReadonlyArray<SegmentEvent>
}

export interface FoldedShare<Part> {
  /** One part, or several with questions of their own. */
  readonly parts: ReadonlyArray<Part>
  /** Events of this share that this release can't read; those of shared types count in the first share only. */
  readonly unreadable: number
}

/** Whether an event that can't be read is counted with this share. */
export const countsHere = ({ shared }: SegmentEvent, { fromHash }: Wanted): boolean => !shared || fromHash === 0
