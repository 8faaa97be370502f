import { Deferred, Effect, Exit } from "effect"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import {
  rowOf,
  type Training,
  type TrainingEnd,
  type TrainingRow,
  training
} from "../../../projections/training/training.ts"
import type { Running } from "../../actor-host/hostProcessManagers.ts"

/** A training that is being watched. */
export interface WatchedTraining {
  /** Watches where process managers are hosted: it reads what they read, and emits nothing. */
  readonly watcher: Running
  /** How it stands in the log; undefined when no event of it was seen. */
  readonly stored: () => Training | undefined
  /** Notes a step that an engine of this process made, long before it is stored. */
  readonly live: (report: StepReport) => void
  /** As much as is known: what is stored, and the live steps after that. */
  readonly row: () => TrainingRow | undefined
  /** Grows with every change of the row. */
  readonly changes: () => number
  /** Waits for an end other than the one that was stored when this was called. */
  readonly nextEnd: Effect.Effect<TrainingEnd>
}

/** Folds a training's events as they come. */
export const watchTraining = (trainingId: string): Effect.Effect<WatchedTraining> =>
  Effect.sync(() => {
    const folded = training.init()
    const liveSteps = new Map<number, StepReport>()
    let changes = 0
    let onEnd: (end: TrainingEnd) => void = () => {}
    const stored = () => folded.get(trainingId)
    return {
      watcher: {
        types: new Set<string>(training.consumes),
        take: (event) => {
          if (event.correlationid !== trainingId) return []
          training.evolve(folded, event, 0)
          changes++
          const end = stored()?.end
          if (end !== undefined) onEnd(end)
          return []
        }
      },
      stored,
      live: (report) => {
        liveSteps.set(report.step, report)
        changes++
      },
      row: () => {
        const known = stored()
        return known && rowOf({ ...known, steps: new Map([...liveSteps, ...known.steps]) })
      },
      changes: () => changes,
      nextEnd: Effect.gen(function* () {
        const before = stored()?.end
        const ended = yield* Deferred.make<TrainingEnd>()
        onEnd = (end) => {
          if (end !== before) Deferred.doneUnsafe(ended, Exit.succeed(end))
        }
        return yield* Deferred.await(ended)
      })
    }
  })
