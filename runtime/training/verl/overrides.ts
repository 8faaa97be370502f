import type { TrainingRequest, TrainingSettings } from "../../../events/training.ts"
import { agentName, layout } from "./layout.ts"
import type { OnlineGrpo, Rollouts } from "./objective.ts"
import { scheduleOf } from "./schedule.ts"

/** A path in the folder of the launch script: absolute once it runs, as Ray's workers run elsewhere. */
export interface PathInFolder {
  readonly inFolder: string
}

const inFolder = (path: string): PathInFolder => ({ inFolder: path })

/** A value of a Hydra override. */
export type OverrideValue = string | number | boolean | ReadonlyArray<string | number> | PathInFolder

/** Hydra overrides by their keys; `+` before a key adds what the configuration does not have. */
export type Overrides = Readonly<Record<string, OverrideValue>>

/** Devices, which the launch script takes from its environment. */
export const devicesInScript = {
  "trainer.n_gpus_per_node": { variable: "SMARTSEARCH_GPUS", standard: 8 },
  "trainer.nnodes": { variable: "SMARTSEARCH_NODES", standard: 1 },
  "actor_rollout_ref.rollout.tensor_model_parallel_size": { variable: "SMARTSEARCH_TENSOR_PARALLEL", standard: 1 }
} as const

/**
 * The overrides of `verl.trainer.main_ppo` (verl 0.7, `verl/trainer/config/ppo_trainer.yaml`) for a request.
 *
 * @param rewardUrl of the reward service
 */
export const overridesOf = (
  request: TrainingRequest,
  { clipRatio, klCoefficient, rollouts }: OnlineGrpo,
  { rewardUrl }: { readonly rewardUrl: string }
): Overrides => ({
  "algorithm.adv_estimator": "grpo",
  "algorithm.norm_adv_by_std_in_grpo": true,
  "algorithm.use_kl_in_reward": false,

  "data.train_files": inFolder(layout.train),
  "data.val_files": inFolder(layout.test),
  "data.prompt_key": "prompt",
  "data.return_raw_chat": true,
  "data.train_batch_size": rollouts.questions,
  "data.max_prompt_length": rollouts.maxPromptTokens,
  "data.max_response_length": rollouts.maxResponseTokens,
  "data.filter_overlong_prompts": true,
  "data.truncation": "error",
  "data.shuffle": true,
  "data.seed": request.settings.seed,

  "actor_rollout_ref.model.path": modelPath(request),
  "actor_rollout_ref.model.use_remove_padding": true,
  "actor_rollout_ref.model.enable_gradient_checkpointing": true,

  ...optimizer(request.settings),
  "actor_rollout_ref.actor.ppo_mini_batch_size": rollouts.miniBatchSize,
  "actor_rollout_ref.actor.use_dynamic_bsz": true,
  "actor_rollout_ref.actor.ppo_max_token_len_per_gpu": longest(rollouts),
  "actor_rollout_ref.actor.use_kl_loss": klCoefficient > 0,
  "actor_rollout_ref.actor.kl_loss_coef": klCoefficient,
  "actor_rollout_ref.actor.kl_loss_type": "low_var_kl",
  "actor_rollout_ref.actor.entropy_coeff": 0,
  "actor_rollout_ref.actor.clip_ratio": clipRatio,
  "actor_rollout_ref.actor.clip_ratio_low": clipRatio,
  "actor_rollout_ref.actor.clip_ratio_high": clipRatio,
  "actor_rollout_ref.actor.loss_agg_mode": "token-mean",
  "actor_rollout_ref.actor.checkpoint.save_contents": ["model", "optimizer", "extra", "hf_model"],

  ...generation(rollouts, request.settings),
  "actor_rollout_ref.rollout.agent.agent_loop_config_path": inFolder(layout.agent),

  "custom_reward_function.path": inFolder(layout.reward),
  "custom_reward_function.name": "compute_score",
  "+custom_reward_function.reward_kwargs.url": rewardUrl,
  "+ray_kwargs.ray_init.runtime_env.env_vars.PYTHONPATH": inFolder("."),

  ...trainer(request, rollouts)
})

const modelPath = ({ base }: TrainingRequest): OverrideValue =>
  base.folder.startsWith("../") ? inFolder(base.folder) : base.folder

const dtypes = { bf16: "bfloat16", fp16: "float16", fp32: "float32" } as const

const dtypeOf = ({ devices }: TrainingSettings) => dtypes[devices?.precision ?? "bf16"]

const longest = ({ maxPromptTokens, maxResponseTokens }: Rollouts): number => maxPromptTokens + maxResponseTokens

/** AdamW's where verl says nothing. */
const torchEpsilon = 1e-8

const optimizer = (settings: TrainingSettings): Overrides => {
  const { beta1, beta2, epsilon } = settings.adam
  return {
    "actor_rollout_ref.actor.optim.lr": settings.learningRate,
    "actor_rollout_ref.actor.optim.lr_scheduler_type": settings.schedule,
    "actor_rollout_ref.actor.optim.lr_warmup_steps_ratio": settings.warmupRatio,
    "actor_rollout_ref.actor.optim.weight_decay": settings.weightDecay,
    "actor_rollout_ref.actor.optim.betas": [beta1, beta2],
    ...(epsilon === torchEpsilon ? {} : { "+actor_rollout_ref.actor.optim.override_optimizer_config.eps": epsilon }),
    "actor_rollout_ref.actor.optim.clip_grad": settings.clipNorm,
    "actor_rollout_ref.actor.grad_clip": settings.clipNorm,
    "actor_rollout_ref.actor.fsdp_config.dtype": dtypeOf(settings),
    "actor_rollout_ref.actor.fsdp_config.seed": settings.seed,
    "actor_rollout_ref.actor.data_loader_seed": settings.seed
  }
}

const generation = (rollouts: Rollouts, settings: TrainingSettings): Overrides => ({
  "actor_rollout_ref.rollout.name": rollouts.server,
  "actor_rollout_ref.rollout.mode": "async",
  "actor_rollout_ref.rollout.dtype": dtypeOf(settings),
  "actor_rollout_ref.rollout.n": rollouts.groupSize,
  "actor_rollout_ref.rollout.temperature": rollouts.temperature,
  "actor_rollout_ref.rollout.top_p": rollouts.topP,
  "actor_rollout_ref.rollout.max_model_len": longest(rollouts),
  // Stop strings are found in text.
  "actor_rollout_ref.rollout.skip_tokenizer_init": false,
  "actor_rollout_ref.rollout.multi_turn.enable": true,
  "actor_rollout_ref.rollout.multi_turn.max_assistant_turns": rollouts.maxTurns,
  "actor_rollout_ref.rollout.agent.default_agent_loop": agentName
})

const trainer = (request: TrainingRequest, rollouts: Rollouts): Overrides => {
  const { checkpointEvery, epochs, keepCheckpoints } = request.settings
  const { steps } = scheduleOf(request, rollouts)
  return {
    "trainer.project_name": "smartsearch",
    "trainer.experiment_name": request.name,
    "trainer.logger": ["console"],
    "trainer.critic_warmup": 0,
    "trainer.total_epochs": Math.ceil(epochs),
    // Where there is no full batch, whoever makes the batch smaller leaves it to verl to count.
    ...(steps === 0 ? {} : { "trainer.total_training_steps": steps }),
    "trainer.save_freq": checkpointEvery,
    "trainer.max_actor_ckpt_to_keep": keepCheckpoints,
    "trainer.default_local_dir": inFolder(layout.checkpoints),
    "trainer.resume_mode": "auto",
    "trainer.val_before_train": false,
    "trainer.test_freq": -1
  }
}
