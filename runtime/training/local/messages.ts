import type { Checkpoint, LegOutcome, StepReport } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingData } from "./localTraining.ts"

/** What a training thread is told first: what the legs are about that it is asked for next. */
export interface TrainingOrder {
  readonly kind: "training"
  readonly data: TrainingData
}

/** What it is told then: from where to go on; from the beginning if undefined. */
export interface LegOrder {
  readonly kind: "leg"
  readonly from: Checkpoint | undefined
}

/** What it answers: each step when it is made, then how the leg ended. After a failure it is of no more use. */
export type LegAnswer =
  | { readonly kind: "step"; readonly report: StepReport }
  | { readonly kind: "done"; readonly outcome: LegOutcome }
  | { readonly kind: "failed"; readonly detail: string; readonly retryable: boolean }
