import { Effect } from "effect"
import type { Broker } from "../event-log/broker.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { positionAt } from "./positionAt.ts"

/** A part of the log, both ends included; empty when `first` is behind `last`. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** The positions that two ends, given as positions or as moments, stand for. */
export const rangeOf = (ends: {
  readonly from?: number | Date
  readonly to?: number | Date
}): Effect.Effect<Range, ReadError, EventLog | Broker> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const head = yield* log.head
    const { from = 1, to = head } = ends
    const first = typeof from === "number" ? from : (yield* positionAt(from.getTime() - 1, head)) + 1
    const last = typeof to === "number" ? to : yield* positionAt(to.getTime(), head)
    return { first: Math.max(1, first), last: Math.min(last, head) }
  })
