import type { TrainingRequest, TrainingSettings } from "../../../events/training.ts"
import { linearNames } from "../../models/qwen2/config.ts"
import { datasetName, layout } from "./layout.ts"

/** A YAML mapping of LLaMA-Factory's arguments. */
export type Arguments = Readonly<Record<string, string | number | boolean>>

/**
 * The arguments of `llamafactory-cli train` for a request (its hyperparameters are those of Transformers' `TrainingArguments`
 * and of its own `hparams/`).
 *
 * Checkpoints go on from each other by `resume_from_checkpoint`, which is given on the command line.
 */
export const trainingArguments = (request: TrainingRequest): Arguments => {
  const { base, settings } = request
  const { adam, lora } = settings
  return {
    model_name_or_path: base.folder,
    do_train: true,
    ...stage(request),
    finetuning_type: lora === undefined ? "full" : "lora",
    ...(lora === undefined ? {} : adapter(lora)),
    ...devices(settings),

    dataset: datasetName,
    dataset_dir: layout.data,
    template: "empty",
    cutoff_len: settings.cutoffLength,

    output_dir: layout.trained,
    overwrite_output_dir: false,
    save_steps: settings.checkpointEvery,
    save_total_limit: settings.keepCheckpoints,
    save_only_model: false,
    logging_steps: 1,
    include_num_input_tokens_seen: true,
    report_to: "none",

    learning_rate: settings.learningRate,
    num_train_epochs: settings.epochs,
    ...(settings.maxSteps === undefined ? {} : { max_steps: settings.maxSteps }),
    per_device_train_batch_size: settings.batchSize,
    gradient_accumulation_steps: settings.gradientAccumulation,
    lr_scheduler_type: scheduler(settings),
    warmup_ratio: settings.warmupRatio,
    max_grad_norm: settings.clipNorm,
    adam_beta1: adam.beta1,
    adam_beta2: adam.beta2,
    adam_epsilon: adam.epsilon,
    weight_decay: settings.weightDecay,
    seed: settings.seed
  }
}

const stage = ({ base, objective, reference }: TrainingRequest): Arguments =>
  objective.kind === "dpo"
    ? {
        stage: "dpo",
        pref_beta: objective.beta,
        pref_loss: "sigmoid",
        ...(reference === undefined || reference.sha256 === base.sha256 ? {} : { ref_model: reference.folder })
      }
    : { stage: "sft" }

const adapter = ({ alpha, rank, targets }: NonNullable<TrainingSettings["lora"]>): Arguments => ({
  lora_rank: rank,
  lora_alpha: alpha,
  lora_target: linearNames.every((name) => targets.includes(name)) ? "all" : targets.join(",")
})

const devices = ({ devices }: TrainingSettings): Arguments => ({
  ...(devices?.zeroStage === undefined ? {} : { deepspeed: layout.deepspeed }),
  bf16: devices?.precision === "bf16",
  fp16: devices?.precision === "fp16"
})

/** Transformers' `constant` knows no warm-up. */
const scheduler = ({ schedule, warmupRatio }: TrainingSettings): string =>
  schedule === "constant" && warmupRatio > 0 ? "constant_with_warmup" : schedule

/** The arguments of `llamafactory-cli export`, which merges the adapter into the weights. */
export const exportArguments = ({ base }: Pick<TrainingRequest, "base">): Arguments => ({
  model_name_or_path: base.folder,
  adapter_name_or_path: layout.trained,
  template: "empty",
  finetuning_type: "lora",
  export_dir: layout.merged,
  export_size: 5,
  export_device: "cpu",
  export_legacy_format: false
})
