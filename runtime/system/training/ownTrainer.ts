import { hash } from "node:crypto"
import { Effect } from "effect"
import { trainer } from "../../../actors/trainer/trainer.ts"
import { durableOf } from "../../actor-host/durable.ts"
import type { Share } from "../../actor-host/hostActor.ts"
import { Broker } from "../../event-log/broker.ts"
import { deadLetterStream, eventStream } from "../../event-log/streams.ts"
import type { TrainingPlan } from "./planTraining.ts"

/** By it the consumers of a training are told apart. */
const workOf = ({ request: { trainingId } }: TrainingPlan): string => hash("sha256", trainingId, "hex").slice(0, 12)

/**
 * The trainer for one training only: with consumers of its own it neither takes up what another command left, nor waits for it.
 * The same command in another process shares them. They begin with what set the training going, if that was just stored.
 */
export const ownTrainer = (plan: TrainingPlan, started: number | undefined) => {
  const { trainingId } = plan.request
  const actor: typeof trainer = {
    ...trainer,
    handle: (event) => (event.data.trainingId === trainingId ? trainer.handle(event) : Effect.succeed([]))
  }
  const share: Share = {
    deliver: started ?? "all",
    work: { id: workOf(plan), isFor: (run) => Effect.succeed(run === plan.runId) }
  }
  return { actor, share }
}

/** Removes the consumers of a training that has ended: nothing is left for them to hand out. */
export const forgetOwnTrainer = (plan: TrainingPlan): Effect.Effect<void, never, Broker> =>
  Effect.gen(function* () {
    const { manager } = yield* Broker
    const work = workOf(plan)
    const consumers = [
      ...trainer.consumes.map((type) => [eventStream, durableOf(trainer.name, type, work)] as const),
      [deadLetterStream, durableOf(trainer.name, "retry", work)] as const
    ]
    // One that another process removed first is gone as well.
    yield* Effect.forEach(consumers, ([stream, name]) =>
      Effect.ignore(Effect.tryPromise(() => manager.consumers.delete(stream, name)))
    )
  })
