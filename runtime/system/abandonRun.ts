import { Effect, Result, Schema } from "effect"
import { codec, makeEvent } from "../../events/codec.ts"
import { actorSource } from "../../events/ids.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { now } from "../now.ts"
import { chooseRun } from "./datasets.ts"

/** Thrown when a run that has ended already is to be given up. */
export class RunEnded extends Schema.TaggedError<RunEnded>()("RunEnded", { runId: Schema.String }) {
  override get message(): string {
    return `run "${this.runId}" has ended already`
  }
}

const source = actorSource("command-run", "1")

/** Gives a run up: whoever waits for it stops waiting, and `doctor` no longer reminds of it. What it stored stays. */
export const abandonRun = Effect.fn("abandonRun")(function* (name: string, reason: string) {
  const log = yield* EventLog
  const runId = yield* chooseRun(name)
  let ended = false
  yield* log.read({ types: ["RunCompleted", "RunFailed"] }, (message) => {
    const event = Result.getOrUndefined(codec.decode(message.text()))
    if (event?.runid === runId) ended = true
  })
  if (ended) return yield* new RunEnded({ runId })
  const context = { source, runid: runId, causationid: `abandon:${runId}`, correlationid: runId, ordinal: 0 }
  yield* log.append([
    makeEvent({ type: "RunFailed", subject: runId, data: { reason } }, { ...context, time: yield* now })
  ])
})
