import { Schema } from "effect"
import { optional, withDefault } from "./keys.ts"
import { Flag, NonNegative, Positive, PositiveInt, Text, UnitInterval } from "./scalars.ts"

/**
 * How the three stages of the curriculum are trained. The defaults are the hyperparameters of the paper and its public code
 * (SmartSearch, arXiv 2601.04888).
 */

const Schedule = Schema.Literals(["cosine", "linear", "constant"])
const Precision = Schema.Literals(["bf16", "fp16", "fp32"])
const ZeroStage = Schema.Literals([0, 1, 2, 3])

const Adam = Schema.Struct({
  beta1: withDefault(UnitInterval, 0.9, "Decay of the mean of the gradients."),
  beta2: withDefault(UnitInterval, 0.999, "Decay of the mean of their squares."),
  epsilon: withDefault(Positive, 1e-8, "Keeps the quotient of the two finite.")
})

/** The low-rank adapter of a training (LoRA, arXiv 2106.09685). */
const Lora = Schema.Struct({
  rank: withDefault(PositiveInt, 8, "Rank of the update matrices."),
  alpha: optional(Positive, "The update is scaled by alpha ÷ rank; twice the rank where it is left out."),
  target: withDefault(
    Text,
    "all",
    "Layers that are adapted, separated by commas: `q_proj,v_proj`; `all` stands for every linear one."
  )
})

const adapter = (standard: Readonly<Record<string, never>> | false) =>
  withDefault(
    Schema.Union([Lora, Schema.Literal(false)]).annotate({ expected: "false or a mapping" }),
    standard,
    "The low-rank adapter that is trained, and merged into the weights after that; `false` trains all weights."
  )

/** What every training has, whatever it minimises. */
const common = (warmupRatio: number) => ({
  maxSteps: optional(PositiveInt, "Updates of the weights at most, however many the epochs are."),
  warmupRatio: withDefault(UnitInterval, warmupRatio, "Part of the steps in which the learning rate rises from 0."),
  clipNorm: withDefault(Positive, 1, "Norm to which a longer gradient is scaled down."),
  adam: withDefault(Adam, {}, "The optimizer, AdamW."),
  weightDecay: withDefault(NonNegative, 0, "Decoupled decay of the weights."),
  precision: withDefault(Precision, "bf16", "Number format of the weights and gradients, on an engine outside."),
  maskResults: withDefault(Flag, true, "Leave the tokens of `<result>…</result>` out of the loss."),
  checkpointEvery: withDefault(PositiveInt, 50, "Steps from one checkpoint to the next; a kill costs that many."),
  keepCheckpoints: withDefault(PositiveInt, 2, "Checkpoints that stay on disk.")
})

interface StageDefaults {
  readonly batchSize: number
  readonly cutoffLength: number
}

/** What fine-tuning and preference training have in common. */
const supervised = ({ batchSize, cutoffLength }: StageDefaults) => ({
  engine: withDefault(Schema.Literals(["local", "llama-factory"]), "local", "What trains."),
  learningRate: withDefault(Positive, 7e-6, "Peak learning rate."),
  schedule: withDefault(Schedule, "cosine", "How the learning rate falls."),
  epochs: withDefault(PositiveInt, 3, "Passes over the data."),
  batchSize: withDefault(PositiveInt, batchSize, "Examples of one device in one forward pass."),
  gradientAccumulation: withDefault(PositiveInt, 8, "Forward passes before the weights change."),
  cutoffLength: withDefault(PositiveInt, cutoffLength, "Tokens of an example; what exceeds them is cut off."),
  zeroStage: withDefault(
    ZeroStage,
    3,
    "DeepSpeed ZeRO stage: 3 spreads optimizer, gradients and weights over all devices."
  ),
  ...common(0.1)
})

export const SftSettings = Schema.Struct({
  ...supervised({ batchSize: 2, cutoffLength: 16384 }),
  lora: adapter(false)
})
export type SftSettings = typeof SftSettings.Type

export const DpoSettings = Schema.Struct({
  ...supervised({ batchSize: 1, cutoffLength: 10000 }),
  loss: withDefault(Schema.Literals(["sigmoid"]), "sigmoid", "Shape of the preference loss."),
  beta: withDefault(Positive, 0.1, "How strongly the policy is held to the one it started from."),
  lora: adapter({})
})
export type DpoSettings = typeof DpoSettings.Type

export const GrpoSettings = Schema.Struct({
  engine: withDefault(Schema.Literals(["local", "verl"]), "local", "What trains: `local` from recorded rollouts."),
  rollouts: withDefault(Schema.Literals(["vllm", "sglang"]), "vllm", "What generates verl's rollouts."),
  learningRate: withDefault(Positive, 1e-6, "Learning rate."),
  schedule: withDefault(Schedule, "constant", "How the learning rate falls."),
  epochs: withDefault(PositiveInt, 2, "Passes over the questions."),
  batchSize: withDefault(PositiveInt, 256, "Questions that verl rolls out before the weights change."),
  miniBatchSize: withDefault(PositiveInt, 64, "Questions of one update of the weights."),
  microBatchSize: withDefault(PositiveInt, 4, "Rollouts of one forward pass on the local engine."),
  groupSize: withDefault(PositiveInt, 8, "N: rollouts of one question that are compared with each other."),
  maxPromptTokens: withDefault(PositiveInt, 8192, "Tokens of a prompt at most."),
  maxResponseTokens: withDefault(PositiveInt, 8192, "Tokens of a response at most, results included."),
  maxTurns: withDefault(PositiveInt, 5, "Generations of one trajectory at most."),
  temperature: withDefault(Positive, 1, "Temperature of the rollouts."),
  topP: withDefault(UnitInterval, 0.99, "Draw from the likeliest tokens that together have this probability."),
  klCoefficient: withDefault(NonNegative, 0.001, "Weight of the distance to the reference policy in the loss."),
  klEstimator: withDefault(
    Schema.Literals(["low-variance"]),
    "low-variance",
    "How that distance is estimated from sampled tokens."
  ),
  clipRatio: withDefault(Positive, 0.2, "How far the probability ratio may leave 1 before it is clipped."),
  ...common(0),
  lora: adapter(false)
})
export type GrpoSettings = typeof GrpoSettings.Type

export const TrainingSettings = Schema.Struct({
  backbone: optional(Text, "The model that stage 1 starts from, e.g. `Qwen/Qwen2.5-3B-Instruct`."),
  sft: optional(SftSettings, "Stage 1, imitation: fine-tuning."),
  dpo: optional(DpoSettings, "Stage 2, alignment: preference training."),
  grpo: optional(GrpoSettings, "Stage 3, generalization: group relative policy optimization.")
})
