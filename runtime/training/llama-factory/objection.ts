import type { TrainingRequest } from "../../../events/training.ts"

/** Why LLaMA-Factory can't do what is requested; undefined when it can. */
export const objection = ({ objective, settings }: TrainingRequest): string | undefined => {
  if (objective.kind === "grpo") return "LLaMA-Factory trains sft and dpo only; take --engine local or --engine verl"
  if (objective.kind === "dpo" && settings.maskResults) {
    return (
      "LLaMA-Factory counts every token of a preferred answer, so it can't leave the results out of the loss of dpo; " +
      "set maskResults=false, or take --engine local"
    )
  }
  if (settings.lora !== undefined && !Number.isInteger(settings.lora.alpha)) {
    return `LLaMA-Factory takes a whole number for the alpha of an adapter, got ${settings.lora.alpha}`
  }
  return undefined
}
