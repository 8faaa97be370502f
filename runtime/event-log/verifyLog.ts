import { Effect, Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"

export interface LogReport {
  readonly events: number
  /** Events that lie there twice: redelivered after the broker's duplicate window. Folds drop them. */
  readonly duplicates: number
  readonly unreadable: ReadonlyArray<{ readonly sequence: number; readonly problem: string }>
  readonly problems: ReadonlyArray<string>
}

/** Actors name the event that caused theirs; commands and the host name what they did. */
const isCausedByAnEvent = (source: string): boolean =>
  source.startsWith("/actors/") && !source.startsWith("/actors/command-") && !source.startsWith("/actors/host/")

/** Reads every event: it can be decoded, sequences have no gap, and the event that caused it came before it. */
export const verifyLog: Effect.Effect<LogReport, ReadError, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const seen = new Set<string>()
  const unreadable: Array<{ sequence: number; problem: string }> = []
  const problems: Array<string> = []
  let duplicates = 0
  let events = 0
  let expected = 0
  yield* log.read({}, (message) => {
    events++
    if (expected !== 0 && message.sequence !== expected) {
      problems.push(`sequences ${expected} to ${message.sequence - 1} are missing`)
    }
    expected = message.sequence + 1
    const decoded = codec.decode(message.text())
    if (Result.isFailure(decoded)) {
      unreadable.push({ sequence: message.sequence, problem: decoded.failure.message })
      return
    }
    const { id, source, causationid, type } = decoded.success
    if (isCausedByAnEvent(source) && !seen.has(causationid)) {
      problems.push(`${message.sequence}: ${type} ${id} was caused by ${causationid}, which is not before it`)
    }
    if (seen.has(id)) duplicates++
    seen.add(id)
  })
  return { events, duplicates, unreadable, problems }
})
