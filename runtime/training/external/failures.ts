import { TrainingError } from "../../../actors/trainer/trainingEngine.ts"

/** What is requested can't be done, now or later. */
export const refused = (detail: string): TrainingError => new TrainingError({ detail, retryable: false })

/** What the disk refused may be possible once there is room. */
export const diskRefused = (cause: unknown): TrainingError =>
  new TrainingError({ detail: cause instanceof Error ? cause.message : String(cause), retryable: true })
