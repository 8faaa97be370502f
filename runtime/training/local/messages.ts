import type { Checkpoint, LegOutcome, StepReport } from "../../../actors/trainer/trainingEngine.ts"

/** What a training thread is told: from where to go on; from the beginning if undefined. What it trains it knows from its start. */
export interface LegOrder {
  readonly from: Checkpoint | undefined
}

/** What it answers: each step when it is made, then how the leg ended. After a failure it is of no more use. */
export type LegAnswer =
  | { readonly kind: "step"; readonly report: StepReport }
  | { readonly kind: "done"; readonly outcome: LegOutcome }
  | { readonly kind: "failed"; readonly detail: string; readonly retryable: boolean }
