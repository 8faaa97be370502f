import type { AnyEvent } from "../events/envelope.ts"
import type { EventType } from "../events/registry.ts"
import type { History } from "./history/history.ts"

/**
 * A pure fold of the log: no clock, no randomness, no network. The same events give the same rows, byte for byte.
 *
 * The runner passes events in the log's order and may leave out every type that `consumes` does not name, so that it
 * need not decode them. An event that was folded before must change nothing.
 *
 * A log may be folded in parts, each with its own state, when everything of one `correlationid` goes to the same part
 * and the types in `shared` go to every part. The rows of the parts are then merged in canonical order.
 */
export interface Projection<State, Config, Row> {
  readonly name: string
  /** Raised whenever the same events and the same config would give other rows. */
  readonly version: number
  readonly consumes: ReadonlyArray<EventType>
  /** Consumed types that belong to no question: every part of a divided log needs them. */
  readonly shared: ReadonlyArray<EventType>
  readonly init: () => State
  /** May change and return the state it was given; `sequence` is the event's place in the log. */
  readonly evolve: (state: State, event: AnyEvent, sequence: number) => State
  /**
   * For a state that the history of some events tells all about: what folding these events would make of the state. They come after
   * everything folded before. The history is used up.
   */
  readonly absorb?: (state: State, history: History) => State
  /** Rows in canonical order, never in order of arrival. */
  readonly rows: (state: State, config: Config) => Iterable<Row>
}
