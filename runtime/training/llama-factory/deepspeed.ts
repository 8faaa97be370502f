import type { TrainingSettings } from "../../../events/training.ts"

export type ZeroStage = NonNullable<NonNullable<TrainingSettings["devices"]>["zeroStage"]>

const common = {
  train_batch_size: "auto",
  train_micro_batch_size_per_gpu: "auto",
  gradient_accumulation_steps: "auto",
  gradient_clipping: "auto",
  zero_allow_untested_optimizer: true,
  bf16: { enabled: "auto" },
  fp16: {
    enabled: "auto",
    loss_scale: 0,
    loss_scale_window: 1000,
    initial_scale_power: 16,
    hysteresis: 2,
    min_loss_scale: 1
  }
} as const

/** Buckets of numbers that are exchanged at once. */
const bucket = 5e8

/**
 * DeepSpeed's configuration of a ZeRO stage (https://www.deepspeed.ai/docs/config-json): 1 spreads the optimizer over all
 * devices, 2 the gradients too, 3 the weights too. `auto` stands for what the trainer was told.
 */
export const deepspeedConfig = (stage: ZeroStage) => ({
  ...common,
  zero_optimization:
    stage === 3
      ? {
          stage,
          overlap_comm: false,
          contiguous_gradients: true,
          sub_group_size: 1e9,
          reduce_bucket_size: "auto",
          stage3_prefetch_bucket_size: "auto",
          stage3_param_persistence_threshold: "auto",
          stage3_max_live_parameters: 1e9,
          stage3_max_reuse_distance: 1e9,
          // Without it a checkpoint holds no weights that anything but DeepSpeed can read.
          stage3_gather_16bit_weights_on_model_save: true
        }
      : {
          stage,
          allgather_partitions: true,
          allgather_bucket_size: bucket,
          overlap_comm: false,
          reduce_scatter: true,
          reduce_bucket_size: bucket,
          contiguous_gradients: true,
          round_robin_gradients: true
        }
})
