/** An event on its way into a segment. */
export interface StoredEvent {
  readonly sequence: number
  readonly subject: string
  /** The event as it is stored in the log. */
  readonly body: Buffer
}

/** The log in segments of so many sequences each, counted from 0. */
export interface Segmentation {
  /** Sequences of a segment. */
  readonly size: number
}

/** The segment that holds a sequence. */
export const segmentOf = ({ size }: Segmentation, sequence: number): number => Math.floor((sequence - 1) / size)

export const firstOf = ({ size }: Segmentation, segment: number): number => segment * size + 1

export const lastOf = ({ size }: Segmentation, segment: number): number => (segment + 1) * size
