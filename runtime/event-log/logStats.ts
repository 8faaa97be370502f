import { Effect, Result, Schema } from "effect"
import { Envelope } from "../../events/envelope.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"

const decodeEnvelope = Schema.decodeUnknownResult(Schema.fromJsonString(Envelope))

export interface LogStats {
  readonly events: number
  readonly bytes: number
  readonly firstTime: string
  readonly lastTime: string
  readonly types: ReadonlyArray<{ readonly type: string; readonly events: number; readonly bytes: number }>
  readonly runs: ReadonlyArray<{ readonly run: string; readonly events: number }>
}

/** Counts what lies in the log; types by their bytes, largest first, runs in order of appearance. */
export const logStats: Effect.Effect<LogStats, ReadError, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const types = new Map<string, { events: number; bytes: number }>()
  const runs = new Map<string, number>()
  let events = 0
  let bytes = 0
  let firstTime = ""
  let lastTime = ""
  yield* log.read({}, (message) => {
    const text = message.text()
    const size = Buffer.byteLength(text)
    events++
    bytes += size
    const entry = types.get(message.type) ?? { events: 0, bytes: 0 }
    types.set(message.type, { events: entry.events + 1, bytes: entry.bytes + size })
    const envelope = decodeEnvelope(text)
    if (Result.isFailure(envelope)) return
    const { runid, time } = envelope.success
    runs.set(runid, (runs.get(runid) ?? 0) + 1)
    if (firstTime === "") firstTime = time
    lastTime = time
  })
  return {
    events,
    bytes,
    firstTime,
    lastTime,
    types: [...types].map(([type, counts]) => ({ type, ...counts })).sort((a, b) => b.bytes - a.bytes),
    runs: [...runs].map(([run, count]) => ({ run, events: count }))
  }
})
