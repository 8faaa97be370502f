import type { AnyEvent } from "../../../events/envelope.ts"
import type { EventType } from "../../../events/registry.ts"
import type { History } from "../../../projections/history/history.ts"

/**
 * What a thread makes of its part of a log: a fold, and what becomes of its state. Threads find a task by its name, and send
 * each other the input and the part: both must be plain data, as `structuredClone` takes it.
 */
export interface Task<Input, State, Part> {
  readonly name: string
  readonly consumes: (input: Input) => ReadonlyArray<EventType>
  /** Consumed types that every part needs; of everything else, all of one correlation id goes to the same part. */
  readonly shared: ReadonlyArray<EventType>
  readonly init: (input: Input) => State
  readonly evolve: (state: State, event: AnyEvent, sequence: number) => State
  /** How the state takes the history of events that come next in their place; undefined for a state that wants more of them. */
  readonly absorb: (input: Input) => ((state: State, history: History) => State) | undefined
  readonly finish: (state: State, input: Input) => Part
}
