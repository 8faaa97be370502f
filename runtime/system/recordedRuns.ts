import { Effect, Option, Result, Schema } from "effect"
import { Settings } from "../../config/settings.ts"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import type { LogMessage } from "../event-log/reader.ts"
import type { RetrieverIdentity } from "./work.ts"

/** A run as its start in the log describes it. */
export interface RecordedRun {
  readonly runId: string
  /** Position of its start. */
  readonly sequence: number
  readonly retriever: RetrieverIdentity
  /** Its configuration; undefined when another release wrote one that this one can't read. */
  readonly settings: Settings | undefined
  readonly ended: boolean
}

const decodeSettings = Schema.decodeUnknownOption(Settings)

const evolve = (runs: Map<string, RecordedRun>, event: AnyEvent, sequence: number): void => {
  const runId = event.runid
  const known = runs.get(runId)
  if (event.type === "RunStarted" && known === undefined) {
    const { retriever, config } = event.data
    const settings = Option.getOrUndefined(decodeSettings(config))
    runs.set(runId, { runId, sequence, retriever, settings, ended: false })
  } else if (known !== undefined && (event.type === "RunCompleted" || event.type === "RunFailed")) {
    runs.set(runId, { ...known, ended: true })
  }
}

const types = ["RunStarted", "RunCompleted", "RunFailed"] as const

const readRuns = Effect.fnUntraced(function* (selection: { readonly run?: string }) {
  const log = yield* EventLog
  const runs = new Map<string, RecordedRun>()
  yield* log.read({ types, ...selection }, (message: LogMessage) => {
    const event = Result.getOrUndefined(codec.decode(message.text()))
    if (event !== undefined) evolve(runs, event, message.sequence)
  })
  return runs
})

/** Every run of the log, in order of their start. A start that came twice counts once. */
export const recordedRuns: Effect.Effect<ReadonlyArray<RecordedRun>, ReadError, EventLog> = Effect.map(
  readRuns({}),
  (runs) => [...runs.values()]
)

/** One run of the log; undefined when its start is not there. */
export const recordedRun = (runId: string): Effect.Effect<RecordedRun | undefined, ReadError, EventLog> =>
  Effect.map(readRuns({ run: runId }), (runs) => runs.get(runId))
