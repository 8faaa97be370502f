import { Schema } from "effect"
import { optional, required, withDefault } from "./keys.ts"
import { Flag, NonNegative, Positive, PositiveInt, Text, UnitInterval } from "./scalars.ts"

/**
 * How the three stages of the curriculum are trained. The defaults are the hyperparameters of the paper and its public code
 * (SmartSearch, arXiv 2601.04888).
 */

const Schedule = Schema.Literals(["cosine", "linear", "constant"])
const Precision = Schema.Literals(["bf16", "fp16", "fp32"])
const ZeroStage = Schema.Literals([0, 1, 2, 3])

interface StageDefaults {
  readonly batchSize: number
  readonly cutoffLength: number
}

/** What fine-tuning and preference training have in common. */
const supervised = ({ batchSize, cutoffLength }: StageDefaults) => ({
  learningRate: withDefault(Positive, 7e-6, "Peak learning rate."),
  epochs: withDefault(PositiveInt, 3, "Passes over the data."),
  batchSize: withDefault(PositiveInt, batchSize, "Examples of one device in one forward pass."),
  gradientAccumulation: withDefault(PositiveInt, 8, "Forward passes before the weights change."),
  cutoffLength: withDefault(PositiveInt, cutoffLength, "Tokens of an example; what exceeds them is cut off."),
  schedule: withDefault(Schedule, "cosine", "How the learning rate falls."),
  warmupRatio: withDefault(UnitInterval, 0.1, "Part of the steps in which the learning rate rises from 0."),
  precision: withDefault(Precision, "bf16", "Number format of the weights and gradients."),
  zeroStage: withDefault(
    ZeroStage,
    3,
    "DeepSpeed ZeRO stage: 3 spreads optimizer, gradients and weights over all devices."
  ),
  maskResults: withDefault(Flag, true, "Leave the tokens of `<result>…</result>` out of the loss.")
})

const Lora = Schema.Struct({
  rank: withDefault(PositiveInt, 8, "Rank of the update matrices."),
  target: withDefault(Text, "all", "Layers that are adapted; `all` stands for every linear one."),
  merge: withDefault(Flag, true, "Merge the adapter into the weights after training, as the next stage needs them.")
})

export const SftSettings = Schema.Struct({
  engine: withDefault(Schema.Literals(["llama-factory"]), "llama-factory", "What trains."),
  ...supervised({ batchSize: 2, cutoffLength: 16384 })
})

export const DpoSettings = Schema.Struct({
  engine: withDefault(Schema.Literals(["llama-factory"]), "llama-factory", "What trains."),
  ...supervised({ batchSize: 1, cutoffLength: 10000 }),
  loss: withDefault(Schema.Literals(["sigmoid"]), "sigmoid", "Shape of the preference loss."),
  beta: withDefault(Positive, 0.1, "How strongly the policy is held to the one it started from."),
  lora: withDefault(Lora, {}, "The low-rank adapter that is trained.")
})

export const GrpoSettings = Schema.Struct({
  engine: withDefault(Schema.Literals(["verl"]), "verl", "What trains."),
  rollouts: withDefault(Schema.Literals(["vllm", "sglang"]), "vllm", "What generates the rollouts."),
  learningRate: withDefault(Positive, 1e-6, "Learning rate."),
  schedule: withDefault(Schedule, "constant", "How the learning rate falls."),
  epochs: withDefault(PositiveInt, 2, "Passes over the questions."),
  batchSize: withDefault(PositiveInt, 256, "Questions of one step."),
  miniBatchSize: withDefault(PositiveInt, 64, "Questions of one update of the weights."),
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
  maskResults: withDefault(Flag, true, "Leave the tokens of `<result>…</result>` out of the loss.")
})

export const TrainingSettings = Schema.Struct({
  backbone: required(Text, "The model that stage 1 starts from, e.g. `Qwen/Qwen2.5-3B-Instruct`."),
  sft: optional(SftSettings, "Stage 1, imitation: full fine-tuning."),
  dpo: optional(DpoSettings, "Stage 2, alignment: preference training of an adapter."),
  grpo: optional(GrpoSettings, "Stage 3, generalization: group relative policy optimization.")
})
