import { writeFileSync } from "node:fs"
import { Effect } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import { makeEvent } from "../../../events/codec.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import { actorSource } from "../../../events/ids.ts"
import { lastCheckpoint, type Training } from "../../../projections/training/training.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { type FolderError, makeFolder } from "../../files/folders.ts"
import { now } from "../../now.ts"
import type { TrainingPlan } from "./planTraining.ts"

const source = actorSource("command-train", "1")

/**
 * What sets a training going, for what the log knows of it: its request when it is new, nothing while it is going on or
 * completed, and after a failure once more what the trainer was at. Pure: the same standing gives the same id.
 */
export const startingEvent = (
  { request, runId }: TrainingPlan,
  stored: Training | undefined,
  time: string
): AnyEvent | undefined => {
  const { trainingId } = request
  const context = { source, runid: runId, correlationid: trainingId, ordinal: 0, time }
  const requested = { type: "TrainingRequested", subject: trainingId, data: request } as const
  if (stored?.request === undefined) return makeEvent(requested, { ...context, causationid: `train:${trainingId}` })
  if (stored.end?.kind !== "failed") return undefined
  const again = { ...context, causationid: stored.end.eventId }
  const checkpoint = lastCheckpoint(stored)
  if (checkpoint === undefined) return makeEvent(requested, again)
  const data = { trainingId, request: stored.request, checkpoint }
  return makeEvent({ type: "CheckpointSaved", subject: trainingId, data }, again)
}

/**
 * Begins a training, or goes on with it: makes the output folder, by which it is known again, and stores what sets it going. Tells
 * the position of that in the log; nothing for a training that is going on.
 */
export const startTraining = (
  plan: TrainingPlan,
  stored: Training | undefined
): Effect.Effect<number | undefined, AppendError | FolderError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { request } = plan
    yield* makeFolder(request.output, 0o777)
    yield* Effect.sync(() => writeFileSync(outputFolder(request).request, `${JSON.stringify(request, null, 2)}\n`))
    const starting = startingEvent(plan, stored, yield* now)
    if (starting === undefined) return undefined
    const [first] = yield* log.append([starting])
    return first?.sequence
  })
