import { hash } from "node:crypto"
import { Deferred, Effect, Fiber } from "effect"
import { trainer } from "../../../actors/trainer/trainer.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { Settings } from "../../../config/settings.ts"
import type { TrainingEnd } from "../../../projections/training/training.ts"
import { hostActor, type Share } from "../../actor-host/hostActor.ts"
import { hostProcessManagers } from "../../actor-host/hostProcessManagers.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { hostSettings } from "../hostSystem.ts"
import type { TrainingPlan } from "./planTraining.ts"
import { startTraining } from "./startTraining.ts"
import { type WatchedTraining, watchTraining } from "./watchTraining.ts"
import { writeReports } from "./writeReports.ts"

/**
 * Trains a policy to the end, hosting the trainer in this process. A training that was begun before goes on from its last
 * checkpoint; one that is completed is not done again; one that failed is tried again.
 *
 * `onBegin` gets a look at the training before anything is stored.
 */
export const trainPolicy = Effect.fn("trainPolicy")(
  function* <E, R>(
    plan: TrainingPlan,
    settings: Settings,
    onBegin: (watched: WatchedTraining) => Effect.Effect<void, E, R>
  ) {
    const { trainingId } = plan.request
    const fatal = yield* Deferred.make<never, AppendError>()
    const watched = yield* watchTraining(trainingId)
    yield* hostProcessManagers([watched.watcher], fatal)
    const before = watched.stored()?.end
    if (before?.kind === "completed") return before
    yield* onBegin(watched)
    const nextEnd = yield* Effect.forkScoped(watched.nextEnd, { startImmediately: true })
    yield* startTraining(plan, watched.stored())
    yield* writeReports(plan.request, watched)
    const { actor, share } = trainerOf(plan)
    yield* hostActor(actor, hostSettings(settings, trainer.name), fatal, share).pipe(
      Effect.provideService(TrainingProgress, (id, report) =>
        Effect.sync(() => {
          if (id === trainingId) watched.live(report)
        })
      )
    )
    const end: TrainingEnd = yield* Effect.raceFirst(Fiber.join(nextEnd), Deferred.await(fatal))
    return end
  },
  (effect) => Effect.scoped(effect)
)

/**
 * The trainer of one training only: with its consumers of its own it neither takes up what another command left, nor waits for it.
 * The same command elsewhere shares them.
 */
const trainerOf = ({ request: { trainingId }, runId }: TrainingPlan) => {
  const actor: typeof trainer = {
    ...trainer,
    handle: (event) => (event.data.trainingId === trainingId ? trainer.handle(event) : Effect.succeed([]))
  }
  const id = hash("sha256", trainingId, "hex").slice(0, 12)
  const share: Share = { work: { id, isFor: (run) => Effect.succeed(run === runId) } }
  return { actor, share }
}
