/** A segment is this many consecutive sequences of the log. */
export const segmentSize = 8192

/** The segment, from 0, that holds a sequence. */
export const segmentOf = (sequence: number): number => Math.floor((sequence - 1) / segmentSize)

export const firstOf = (segment: number): number => segment * segmentSize + 1

export const lastOf = (segment: number): number => (segment + 1) * segmentSize

/** An event on its way into a segment or out of it. */
export interface StoredEvent {
  readonly sequence: number
  readonly subject: string
  /** The event as it is stored in the log. */
  readonly body: Buffer
}
