import { Result } from "effect"
import type { StageName } from "../../../../config/curriculum.ts"
import type { Settings } from "../../../../config/settings.ts"
import { type ResolvedTraining, resolveTraining } from "../../training/trainingSettings.ts"

/** How a stage is trained by an engine outside this process. */
export interface OutsideTraining extends ResolvedTraining {
  readonly engine: "llama-factory" | "verl"
}

/** What trains each stage outside this process. */
const engines = { sft: "llama-factory", dpo: "llama-factory", grpo: "verl" } as const

/**
 * How a stage is trained outside this process: as the configuration says, by the engine that can train it. Of a preference
 * LLaMA-Factory counts every token for the loss, so its results are not left out, whatever the configuration says. Fails in
 * words.
 */
export const outsideTraining = (stage: StageName, settings: Settings): Result.Result<OutsideTraining, string> => {
  const engine = engines[stage]
  return Result.map(resolveTraining(stage, settings, { engine }), (training) => ({
    ...training,
    engine,
    settings: stage === "dpo" ? { ...training.settings, maskResults: false } : training.settings
  }))
}

/** Whether the configuration wants results left out of the loss of a stage, and its engine can't do that. */
export const countsResults = (stage: StageName, { training }: Settings): boolean =>
  stage === "dpo" && training?.dpo?.maskResults !== false
