import { Effect, Schema } from "effect"
import { makeEvent } from "../../../events/codec.ts"
import { actorSource } from "../../../events/ids.ts"
import type { DataOf } from "../../../events/registry.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { now } from "../../now.ts"
import type { CurriculumPlan } from "./planCurriculum.ts"

/** Thrown when a curriculum of the same name is in the log with other settings: its steps would contradict each other. */
export class CurriculumConflict extends Schema.TaggedError<CurriculumConflict>()("CurriculumConflict", {
  name: Schema.String,
  stored: Schema.String,
  given: Schema.String
}) {
  override get message(): string {
    return `curriculum "${this.name}" is in the log with other settings (${this.stored.slice(0, 12)}, now ${this.given.slice(0, 12)}); give this one another name (--run NAME)`
  }
}

const source = actorSource("command-curriculum", "1")

/** Starts a curriculum, or goes on with the one in the log, if that was started with the same. */
export const startCurriculum = Effect.fn("startCurriculum")(function* (
  plan: CurriculumPlan,
  stored: DataOf<"CurriculumStarted"> | undefined
) {
  const { config, name, policy, steps } = plan
  if (stored !== undefined) {
    if (stored.configHash === plan.hash) return
    return yield* new CurriculumConflict({ name, stored: stored.configHash, given: plan.hash })
  }
  const log = yield* EventLog
  const data: DataOf<"CurriculumStarted"> = {
    ...(policy === undefined ? {} : { policy }),
    steps,
    config,
    configHash: plan.hash,
    software: { version: plan.version, node: process.version }
  }
  yield* log.append([
    makeEvent(
      { type: "CurriculumStarted", subject: name, data },
      {
        source,
        runid: name,
        causationid: `curriculum:${name}`,
        correlationid: name,
        ordinal: 0,
        time: yield* now
      }
    )
  ])
})
