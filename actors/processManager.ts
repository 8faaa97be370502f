import type { AnyEvent, EventOf, NewEvent } from "../events/envelope.ts"
import type { EventType } from "../events/registry.ts"

/** What an emitted event is attributed to. Its id depends on this alone, never on the order in which events arrived. */
export interface Cause {
  readonly id: string
  readonly runid: string
  readonly correlationid: string
}

export const causeOf = (event: AnyEvent): Cause => ({
  id: event.id,
  runid: event.runid,
  correlationid: event.correlationid
})

/** An event that is due. `ordinal` tells apart the events of one cause. */
export interface Decision {
  readonly cause: Cause
  readonly ordinal: number
  readonly event: NewEvent
}

/**
 * A process manager: a fold over the log that emits. Both functions are pure but for `evolve`, which may change and return
 * the state it was given (the host never keeps an old one).
 *
 * On start the host folds the whole log, the manager's own emissions included, and only then emits what is still missing. So a
 * restart repeats no work, and two managers, or one that runs twice over the log, emit the same ids and change nothing.
 * Every function must take an event that it has already seen as no event at all.
 */
export interface ProcessManager<State, T extends EventType = EventType> {
  readonly name: string
  readonly version: string
  readonly consumes: ReadonlyArray<T>
  /** What `decide` may emit: the host recognises in the log what was emitted before. */
  readonly emits: ReadonlyArray<EventType>
  readonly init: () => State
  readonly evolve: (state: State, event: EventOf<T>) => State
  /** What is due now that `event` has been folded into `state`. */
  readonly decide: (state: State, event: EventOf<T>) => ReadonlyArray<Decision>
}
