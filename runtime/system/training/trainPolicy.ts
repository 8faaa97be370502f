import { Deferred, Effect, Fiber } from "effect"
import { trainer } from "../../../actors/trainer/trainer.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { Settings } from "../../../config/settings.ts"
import { emptyTraining, rowOf, type TrainingEnd, type TrainingRow } from "../../../projections/training/training.ts"
import { hostActor } from "../../actor-host/hostActor.ts"
import { hostProcessManagers } from "../../actor-host/hostProcessManagers.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { hostSettings } from "../hostSystem.ts"
import { forgetOwnTrainer, ownTrainer } from "./ownTrainer.ts"
import type { TrainingPlan } from "./planTraining.ts"
import { startTraining } from "./startTraining.ts"
import { type WatchedTraining, watchTraining } from "./watchTraining.ts"
import { writeReports } from "./writeReports.ts"

/** What came of a training. */
export interface TrainedPolicy {
  readonly end: TrainingEnd
  readonly row: TrainingRow
  /** Whether it was completed before this was asked. */
  readonly wasCompleted: boolean
}

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
    const fatal = yield* Deferred.make<never, AppendError>()
    const watched = yield* watchTraining(plan.request.trainingId)
    yield* hostProcessManagers([watched.watcher], fatal)
    return yield* trainWatched({ plan, settings, watched, fatal }, onBegin)
  },
  (effect) => Effect.scoped(effect)
)

/** A training with somebody who reads the log for it. */
export interface ReadyTraining {
  readonly plan: TrainingPlan
  readonly settings: Settings
  /** Has folded the log up to its head, and is told what comes. */
  readonly watched: WatchedTraining
  /** Fails when nothing can be stored any more. */
  readonly fatal: Deferred.Deferred<never, AppendError>
}

/** Trains as `trainPolicy` does, where the log is read already. */
export const trainWatched = Effect.fn("trainWatched")(
  function* <E, R>(
    { plan, settings, watched, fatal }: ReadyTraining,
    onBegin: (watched: WatchedTraining) => Effect.Effect<void, E, R>
  ) {
    const { trainingId } = plan.request
    const before = watched.stored()?.end
    if (before?.kind === "completed") return outcome(plan, watched, before, true)
    yield* onBegin(watched)
    const nextEnd = yield* Effect.forkScoped(watched.nextEnd, { startImmediately: true })
    const started = yield* startTraining(plan, watched.stored())
    yield* writeReports(plan.request, watched)
    const { actor, share } = ownTrainer(plan, started)
    yield* hostActor(actor, hostSettings(settings, trainer.name), fatal, share).pipe(
      Effect.provideService(TrainingProgress, (id, report) =>
        Effect.sync(() => {
          if (id === trainingId) watched.live(report)
        })
      )
    )
    const end: TrainingEnd = yield* Effect.raceFirst(Fiber.join(nextEnd), Deferred.await(fatal))
    return outcome(plan, watched, end, false)
  },
  (effect) => Effect.scoped(effect),
  // Only once the host has ended: until then it asks those consumers.
  (effect, { plan }) => Effect.tap(effect, () => forgetOwnTrainer(plan))
)

const outcome = (
  { request: { trainingId }, runId }: TrainingPlan,
  { row }: WatchedTraining,
  end: TrainingEnd,
  wasCompleted: boolean
): TrainedPolicy => ({ end, row: row() ?? rowOf(emptyTraining(trainingId, runId)), wasCompleted })
