import type { TrainingRequest } from "../../../events/training.ts"
import type { Rollouts } from "./objective.ts"

/** How verl walks through the questions. */
export interface Schedule {
  /** verl leaves a last batch out that is not full. */
  readonly stepsPerEpoch: number
  /** 0 when there are fewer questions than one batch takes. */
  readonly steps: number
}

/** The steps of a training by verl: it rolls a batch of questions out, and then changes the weights. */
export const scheduleOf = (
  { dataset, settings }: Pick<TrainingRequest, "dataset" | "settings">,
  { questions }: Pick<Rollouts, "questions">
): Schedule => {
  const stepsPerEpoch = Math.floor(dataset.rows / questions)
  const steps = Math.ceil(settings.epochs * stepsPerEpoch)
  return { stepsPerEpoch, steps: Math.min(steps, settings.maxSteps ?? steps) }
}
