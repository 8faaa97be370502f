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

/** The objective of a request, or why verl can't do what is requested. */
export const onlineGrpo = (request: TrainingRequest): Result.Result<OnlineGrpo, string> => {
  const { base, dataset, objective, reference, settings } = request
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
  if (scheduleOf(request, rollouts).steps === 0) {
    const sizes = `${dataset.file} has ${dataset.rows} questions, and a batch ${rollouts.questions}`
    return Result.fail(`verl needs a full batch: ${sizes}; set batchSize lower`)
  }
  return Result.succeed({ ...objective, rollouts })
}
