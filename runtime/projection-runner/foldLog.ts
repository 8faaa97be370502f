import { Effect, Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import type { ReadOptions } from "../event-log/reader.ts"

/** Which part of the log was folded, and how many of its events this release could not read. */
export interface Folded<State> {
  readonly state: State
  /** Sequences of the first and last event of the range; 0 when it was empty. */
  readonly first: number
  readonly last: number
  readonly unreadable: number
}

/** What a fold needs of a projection. */
export interface Fold<State> {
  readonly consumes: ReadonlyArray<EventType>
  readonly init: () => State
  readonly evolve: (state: State, event: AnyEvent, sequence: number) => State
}

/**
 * Folds a range of the log. Only the types that the fold consumes are decoded: the subject tells them, so most of the bytes
 * of a log are never parsed.
 */
export const foldLog = <State>(
  fold: Fold<State>,
  options: Omit<ReadOptions, "types"> = {}
): Effect.Effect<Folded<State>, ReadError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const consumed = new Set<string>(fold.consumes)
    let state = fold.init()
    let unreadable = 0
    const { first, last } = yield* log.read(options, (message) => {
      if (!consumed.has(message.type)) return
      const decoded = codec.decode(message.text())
      if (Result.isFailure(decoded)) unreadable++
      else state = fold.evolve(state, decoded.success, message.sequence)
    })
    return { state, first, last, unreadable }
  })
