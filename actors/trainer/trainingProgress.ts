import { Context, Effect } from "effect"
import type { StepReport } from "./trainingEngine.ts"

/**
 * Who watches a training while a leg runs: engines report every step as soon as it is done, long before the leg's events are
 * stored. For terminals only: what is to last is an event.
 */
export const TrainingProgress = Context.Reference<(trainingId: string, report: StepReport) => Effect.Effect<void>>(
  "smartsearch/actors/TrainingProgress",
  { defaultValue: () => () => Effect.void }
)
