import { Effect, Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import type { Fold, FoldedRange } from "./fold.ts"

/** A state with what was folded into it. */
export interface Folded<State> extends FoldedRange {
  readonly state: State
}

/**
 * Folds a range of the log, straight from the broker. Only what the fold consumes is sent and decoded: subjects tell the type
 * and the run, so most of the bytes of a log never leave the broker.
 */
export const foldLog = <State>(
  fold: Fold<State>,
  options: { readonly from?: number; readonly to?: number } = {}
): Effect.Effect<Folded<State>, ReadError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const first = Math.max(1, options.from ?? 1)
    const last = Math.min(options.to ?? Number.POSITIVE_INFINITY, yield* log.head)
    let state = fold.init()
    let unreadable = 0
    if (first > last) return { state, first: 0, last: 0, unreadable }
    const selection = { types: fold.consumes, ...(fold.run === undefined ? {} : { run: fold.run }) }
    yield* log.read({ ...selection, from: first, to: last }, (message) => {
      const decoded = codec.decode(message.text())
      if (Result.isFailure(decoded)) unreadable++
      else state = fold.evolve(state, decoded.success, message.sequence)
    })
    return { state, first, last, unreadable }
  })
