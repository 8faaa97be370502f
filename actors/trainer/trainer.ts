import { Effect } from "effect"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import { type Actor, defineActor } from "../actor.ts"
import { type LegOutcome, TrainingEngine, type TrainingError, type TrainingLeg } from "./trainingEngine.ts"

/**
 * Trains policies, one leg for each message: a request leads to the first checkpoint, a checkpoint to the next one, the last of
 * them to the trained policy. So whoever dies costs one leg at most, any host may go on, and a message that comes twice is
 * trained twice to the same weights.
 */
export const trainer: Actor<"TrainingRequested" | "CheckpointSaved", TrainingError, TrainingEngine> = defineActor({
  name: "trainer",
  version: "1",
  consumes: ["TrainingRequested", "CheckpointSaved"],
  handle: (event) => trainLeg(legAfter(event))
})

/** What is to be trained because of an event: it carries all of the request, so nothing is looked up. */
const legAfter = (event: EventOf<"TrainingRequested" | "CheckpointSaved">): TrainingLeg =>
  event.type === "TrainingRequested"
    ? { request: event.data, from: undefined }
    : { request: event.data.request, from: event.data.checkpoint }

const trainLeg = Effect.fn("trainer.trainLeg")(function* (
  leg: TrainingLeg
): Effect.fn.Return<ReadonlyArray<NewEvent>, TrainingError, TrainingEngine> {
  const { train } = yield* TrainingEngine
  return yield* train(leg).pipe(
    Effect.map((outcome) => told(leg, outcome)),
    Effect.catchIf(
      ({ retryable }) => !retryable,
      ({ detail }) => Effect.succeed([failed(leg, detail)])
    )
  )
})

const told = ({ request, from }: TrainingLeg, outcome: LegOutcome): ReadonlyArray<NewEvent> => [
  ...(from === undefined ? [started(request, outcome)] : []),
  ...outcome.steps.map(
    (report): NewEvent => ({
      type: "TrainingStepCompleted",
      subject: request.trainingId,
      data: { trainingId: request.trainingId, report }
    })
  ),
  ...ended(request, outcome)
]

const started = ({ trainingId, engine }: DataOf<"TrainingRequested">, { overview }: LegOutcome): NewEvent => ({
  type: "TrainingStarted",
  subject: trainingId,
  data: { trainingId, engine, ...overview }
})

const ended = (request: DataOf<"TrainingRequested">, { overview, end }: LegOutcome): ReadonlyArray<NewEvent> => {
  const { trainingId, name, base } = request
  if (end.kind === "checkpoint") {
    const data = { trainingId, request, checkpoint: end.checkpoint }
    return [{ type: "CheckpointSaved", subject: trainingId, data }]
  }
  const { policy, adapter } = end
  return [
    {
      type: "TrainingCompleted",
      subject: trainingId,
      data: { trainingId, steps: overview.steps, policy, ...(adapter === undefined ? {} : { adapter }) }
    },
    { type: "PolicyPublished", subject: name, data: { trainingId, name, policy, trainedFrom: base } }
  ]
}

const failed = ({ request: { trainingId }, from }: TrainingLeg, reason: string): NewEvent => ({
  type: "TrainingFailed",
  subject: trainingId,
  data: { trainingId, reason, ...(from === undefined ? {} : { step: from.step }) }
})
