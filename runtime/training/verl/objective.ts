import { Result } from "effect"
import type { TrainingObjective, TrainingRequest } from "../../../events/training.ts"
import { scheduleOf } from "./schedule.ts"

type Grpo = Extract<TrainingObjective, { readonly kind: "grpo" }>

/** How verl generates its rollouts. */
export type Rollouts = NonNullable<Grpo["rollouts"]>

/** What verl can be asked to minimise. */
export interface OnlineGrpo extends Grpo {
  readonly rollouts: Rollouts
}

/** The objective of a request, or why verl can't do what is requested, however many questions there are. */
export const onlineGrpo = (request: TrainingRequest): Result.Result<OnlineGrpo, string> => {
  const { base, objective, reference, settings } = request
  if (objective.kind !== "grpo") return Result.fail("verl trains grpo only; take --engine local or llama-factory")
  const { rollouts } = objective
  if (rollouts === undefined) {
    return Result.fail("verl generates its own rollouts, and the request does not say how")
  }
  if (settings.lora !== undefined) return Result.fail("verl trains all weights here; set lora=false")
  if (settings.schedule === "linear") return Result.fail("verl knows the schedules constant and cosine, not linear")
  if (reference !== undefined && reference.sha256 !== base.sha256) {
    return Result.fail("verl compares with the policy that it starts from; leave the reference out")
  }
  return Result.succeed({ ...objective, rollouts })
}

/** Why verl would make no step; undefined where there are questions enough. */
export const lackOfQuestions = (request: TrainingRequest, { rollouts }: OnlineGrpo): string | undefined => {
  if (scheduleOf(request, rollouts).steps > 0) return undefined
  const { dataset } = request
  const sizes = `${dataset.file} has ${dataset.rows} questions, and a batch ${rollouts.questions}`
  return `verl needs a full batch: ${sizes}; set batchSize lower`
}
