import type { AnyEvent } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"

/** What a fold needs of a projection. */
export interface Fold<State> {
  readonly consumes: ReadonlyArray<EventType>
  /** Only this run's events; every run's when absent. */
  readonly run?: string
  readonly init: () => State
  readonly evolve: (state: State, event: AnyEvent, sequence: number) => State
}

/** Which part of the log was folded, and how many of its events this release could not read. */
export interface FoldedRange {
  /** Sequences of the first and last event of the range; 0 when it was empty. */
  readonly first: number
  readonly last: number
  readonly unreadable: number
}
