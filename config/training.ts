import { Schema } from "effect"
import { optional, withDefault } from "./keys.ts"
import { Flag, NonNegative, Positive, PositiveInt, Text, UnitInterval } from "./scalars.ts"

/**
 * How the three stages of the curriculum are trained, and the small policies that begin with random weights. The defaults of the
 * stages are the hyperparameters of the paper and its public code (SmartSearch, arXiv 2601.04888).
 */

const Schedule = Schema.Literals(["cosine", "linear", "constant"])
const Precision = Schema.Literals(["bf16", "fp16", "fp32"])
const ZeroStage = Schema.Literals([0, 1, 2, 3])

const adamWith = (beta2: number) =>
  Schema.Struct({
    beta1: withDefault(UnitInterval, 0.9, "Decay of the mean of the gradients."),
    beta2: withDefault(UnitInterval, beta2, "Decay of the mean of their squares."),
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

interface CommonDefaults {
  readonly warmupRatio: number
  readonly beta2?: number
  readonly weightDecay?: number
  readonly checkpointEvery?: number
}

/** What every training has, whatever it minimises. */
const common = ({ warmupRatio, beta2 = 0.999, weightDecay = 0, checkpointEvery = 50 }: CommonDefaults) => ({
  maxSteps: optional(PositiveInt, "Updates of the weights at most, however many the epochs are."),
  warmupRatio: withDefault(UnitInterval, warmupRatio, "Part of the steps in which the learning rate rises from 0."),
  clipNorm: withDefault(Positive, 1, "Norm to which a longer gradient is scaled down."),
  adam: withDefault(adamWith(beta2), {}, "The optimizer, AdamW."),
  weightDecay: withDefault(NonNegative, weightDecay, "Decoupled decay of the weights."),
  maskResults: withDefault(Flag, true, "Leave the tokens of `<result>…</result>` out of the loss."),
  checkpointEvery: withDefault(
    PositiveInt,
    checkpointEvery,
    "Steps from one checkpoint to the next; a kill costs that many."
  ),
  keepCheckpoints: withDefault(PositiveInt, 2, "Checkpoints that stay on disk.")
})

/** What engines outside this process compute in. */
const precision = withDefault(Precision, "bf16", "Number format of the weights and gradients, on an engine outside.")

interface TextDefaults extends CommonDefaults {
  readonly learningRate: number
  readonly epochs: number
  readonly batchSize: number
  readonly gradientAccumulation: number
  readonly cutoffLength: number
}

/** What learns from texts that others wrote. */
const fromTexts = ({
  learningRate,
  epochs,
  batchSize,
  gradientAccumulation,
  cutoffLength,
  ...defaults
}: TextDefaults) => ({
  learningRate: withDefault(Positive, learningRate, "Peak learning rate."),
  schedule: withDefault(Schedule, "cosine", "How the learning rate falls."),
  epochs: withDefault(PositiveInt, epochs, "Passes over the data."),
  batchSize: withDefault(PositiveInt, batchSize, "Examples of one device in one forward pass."),
  gradientAccumulation: withDefault(PositiveInt, gradientAccumulation, "Forward passes before the weights change."),
  cutoffLength: withDefault(PositiveInt, cutoffLength, "Tokens of an example; what exceeds them is cut off."),
  ...common(defaults)
})

/** What fine-tuning and preference training have in common. */
const supervised = (defaults: Pick<TextDefaults, "batchSize" | "cutoffLength">) => ({
  engine: withDefault(Schema.Literals(["local", "llama-factory"]), "local", "What trains."),
  ...fromTexts({ learningRate: 7e-6, epochs: 3, gradientAccumulation: 8, warmupRatio: 0.1, ...defaults }),
  zeroStage: withDefault(
    ZeroStage,
    3,
    "DeepSpeed ZeRO stage: 3 spreads optimizer, gradients and weights over all devices."
  ),
  precision
})

/** The shape of a policy that begins with random weights: a Qwen2 decoder whose head is its embedding. */
const decoderShape = {
  vocabularySize: withDefault(
    PositiveInt,
    4096,
    "Tokens of the tokenizer at most, which is learnt from the data; the embedding has up to 63 rows more."
  ),
  hiddenSize: withDefault(PositiveInt, 128, "Numbers that stand for a token; a multiple of twice the heads."),
  intermediateSize: withDefault(PositiveInt, 384, "Width of the feed-forward layers."),
  layers: withDefault(PositiveInt, 4, "Decoder layers."),
  heads: withDefault(PositiveInt, 4, "Attention heads of a layer."),
  keyValueHeads: withDefault(PositiveInt, 4, "Heads of keys and values, which divide the attention heads."),
  maxPositions: withDefault(PositiveInt, 1024, "Tokens of the longest text that the policy is made for."),
  ropeTheta: withDefault(Positive, 10000, "Base of the rotary positions.")
}

export const PretrainSettings = Schema.Struct({
  ...decoderShape,
  tokenizerTexts: withDefault(
    PositiveInt,
    8000,
    "Demonstrations, drawn evenly, that the tokenizer is learnt from: all of many take long and change little."
  ),
  ...fromTexts({
    learningRate: 3e-3,
    epochs: 1,
    batchSize: 16,
    gradientAccumulation: 1,
    cutoffLength: 512,
    warmupRatio: 0.03,
    beta2: 0.98,
    weightDecay: 0.1,
    checkpointEvery: 200
  })
})
export type PretrainSettings = typeof PretrainSettings.Type

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
  ...common({ warmupRatio: 0 }),
  precision,
  lora: adapter(false)
})
export type GrpoSettings = typeof GrpoSettings.Type

export const TrainingSettings = Schema.Struct({
  backbone: optional(Text, "The model that stage 1 starts from, e.g. `Qwen/Qwen2.5-3B-Instruct`."),
  pretrain: optional(
    PretrainSettings,
    "Before the stages, in place of a backbone: a small policy that imitates from random weights."
  ),
  student: optional(
    SftSettings,
    "The student judge and refiner, which learns from what its teachers said; as stage 1 when left out."
  ),
  sft: optional(SftSettings, "Stage 1, imitation: fine-tuning."),
  dpo: optional(DpoSettings, "Stage 2, alignment: preference training."),
  grpo: optional(GrpoSettings, "Stage 3, generalization: group relative policy optimization.")
})
