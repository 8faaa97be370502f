import { Result } from "effect"
import type { StageName } from "../../../../config/curriculum.ts"
import type { Settings } from "../../../../config/settings.ts"
import type { TrainingRequest } from "../../../../events/training.ts"
import { trainingArguments } from "../../../training/llama-factory/trainingArguments.ts"
import { onlineGrpo } from "../../../training/verl/objective.ts"
import { overridesOf } from "../../../training/verl/overrides.ts"
import { outsideTraining } from "./training.ts"

/** A hyperparameter as it stands in the files of an engine. */
export interface TrainingValue {
  /** The engine's name for it. */
  readonly argument: string
  readonly value: string
  /** The key of the configuration that it comes from. */
  readonly key: string
  /** What the paper has there; absent where it says nothing. */
  readonly paper?: string
}

/** What the paper publishes: the engines' names, and the keys of the configuration. */
const supervised = {
  learning_rate: "learningRate",
  lr_scheduler_type: "schedule",
  warmup_ratio: "warmupRatio",
  num_train_epochs: "epochs",
  per_device_train_batch_size: "batchSize",
  gradient_accumulation_steps: "gradientAccumulation",
  cutoff_len: "cutoffLength",
  finetuning_type: "lora",
  bf16: "precision",
  "zero_optimization.stage": "zeroStage"
}

const published: Readonly<Record<StageName, Readonly<Record<string, string>>>> = {
  sft: supervised,
  dpo: {
    ...supervised,
    lora_rank: "lora.rank",
    lora_target: "lora.target",
    pref_loss: "loss",
    pref_beta: "beta"
  },
  grpo: {
    "actor_rollout_ref.actor.optim.lr": "learningRate",
    "actor_rollout_ref.actor.optim.lr_scheduler_type": "schedule",
    "trainer.total_epochs": "epochs",
    "data.train_batch_size": "batchSize",
    "actor_rollout_ref.actor.ppo_mini_batch_size": "miniBatchSize",
    "actor_rollout_ref.rollout.n": "groupSize",
    "data.max_prompt_length": "maxPromptTokens",
    "data.max_response_length": "maxResponseTokens",
    "actor_rollout_ref.rollout.multi_turn.max_assistant_turns": "maxTurns",
    "actor_rollout_ref.rollout.top_p": "topP",
    "actor_rollout_ref.rollout.name": "rollouts",
    "actor_rollout_ref.actor.kl_loss_coef": "klCoefficient",
    "actor_rollout_ref.actor.kl_loss_type": "klEstimator"
  }
}

const seedArgument = { sft: "seed", dpo: "seed", grpo: "data.seed" } as const

/** The values of a training, where they come from, and what the paper has: the defaults of the configuration are its values. */
export const trainingValues = (
  stage: StageName,
  request: TrainingRequest,
  settings: Settings
): ReadonlyArray<TrainingValue> => {
  const written = argumentsOf(request)
  const paper = argumentsOf(asPublished(stage, request, settings))
  const told = Object.entries(published[stage]).flatMap(([argument, key]) => {
    const value = written[argument]
    return value === undefined
      ? []
      : [{ argument, value: String(value), key: `training.${stage}.${key}`, paper: String(paper[argument]) }]
  })
  const argument = seedArgument[stage]
  return [...told, { argument, value: String(written[argument]), key: "run.seed" }]
}

const argumentsOf = (request: TrainingRequest): Readonly<Record<string, unknown>> => {
  if (request.engine !== "verl") {
    return { ...trainingArguments(request), "zero_optimization.stage": request.settings.devices?.zeroStage }
  }
  const objective = onlineGrpo(request)
  return Result.isFailure(objective) ? {} : overridesOf(request, objective.success, { rewardUrl: "" })
}

const asPublished = (
  stage: StageName,
  request: TrainingRequest,
  { training: _, ...settings }: Settings
): TrainingRequest => {
  const { objective, settings: values } = Result.getOrThrow(outsideTraining(stage, settings))
  return { ...request, objective, settings: values }
}
