import { Clock, Effect } from "effect"
import type { Settings } from "../../../config/settings.ts"
import { lastCheckpoint } from "../../../projections/training/training.ts"
import type { TrainingPlan } from "../../system/training/planTraining.ts"
import { type TrainedPolicy, trainPolicy } from "../../system/training/trainPolicy.ts"
import type { WatchedTraining } from "../../system/training/watchTraining.ts"
import { trainingEngines } from "../../training/engines.ts"
import { withLog } from "../root.ts"
import { note, showProgress } from "../terminal.ts"
import { makePace, trainingStanding } from "./progress.ts"

/** What came of a training, and how long it took now. */
export interface PerformedTraining extends TrainedPolicy {
  readonly seconds: number
}

/** Trains to the end over the log that the command is given, with its progress on stderr. */
export const performTraining = (plan: TrainingPlan, settings: Settings) =>
  withLog(settings.broker)(
    Effect.gen(function* () {
      const begun = yield* Clock.currentTimeMillis
      const trained = yield* trainPolicy(plan, settings, watch(plan))
      const performed: PerformedTraining = { ...trained, seconds: ((yield* Clock.currentTimeMillis) - begun) / 1000 }
      return performed
    })
  ).pipe(Effect.provide(trainingEngines), tellHowToGoOn(plan))

/** Shows how a training gets on, after a word about one that began earlier. */
const watch = ({ request: { trainingId } }: TrainingPlan) =>
  Effect.fnUntraced(function* ({ stored, row }: WatchedTraining) {
    const known = stored()
    const clock = yield* Clock.Clock
    const pace = makePace(() => clock.currentTimeMillisUnsafe())
    if (known !== undefined) {
      const where = `going on from ${lastCheckpoint(known) === undefined ? "the beginning" : `step ${lastCheckpoint(known)?.step}`}`
      yield* note(
        known.end?.kind === "failed"
          ? `Training ${trainingId} failed (${known.end.reason}): ${where}.`
          : `Training ${trainingId} was interrupted: ${where}.`
      )
    }
    yield* showProgress(trainingId, () => trainingStanding(row(), pace))
  })

const tellHowToGoOn =
  ({ request: { trainingId } }: TrainingPlan) =>
  <A, E, R>(training: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onInterrupt(training, () =>
      note(`Training ${trainingId} was interrupted; give the same command again to go on from its last checkpoint.`)
    )
