import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"

/** A training of a policy, from the request to the published weights. */

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const UnitInterval = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const trainingId = field(
  Schema.NonEmptyString,
  "The training: a hash of what is trained, on what, how, and where it is written."
)

export const PolicyFolder = Schema.Struct({
  folder: field(Schema.NonEmptyString, "A folder in Hugging Face's layout; absolute."),
  sha256: field(Schema.NonEmptyString, "Of its files.")
}).annotate({ identifier: "PolicyFolder", description: "A policy's weights, configuration and tokenizer on disk." })
export type PolicyFolder = typeof PolicyFolder.Type

const TrainingDataset = Schema.Struct({
  file: field(Schema.NonEmptyString, "The file of examples; absolute."),
  format: field(Schema.NonEmptyString, "Its format, e.g. `jsonl` or `alpaca`."),
  sha256: field(Schema.NonEmptyString, "Of the file."),
  rows: field(PositiveInt, "Demonstrations, pairs, or groups in it.")
}).annotate({ identifier: "TrainingDataset", description: "What a policy is trained on." })

const Rollouts = Schema.Struct({
  server: field(Schema.Literals(["vllm", "sglang"]), "What generates them."),
  questions: field(PositiveInt, "Questions that are rolled out before the weights change."),
  groupSize: field(PositiveInt, "N: rollouts of one question that are compared with each other."),
  miniBatchSize: field(PositiveInt, "Questions of one update of the weights."),
  maxPromptTokens: field(PositiveInt, "Tokens of a prompt at most."),
  maxResponseTokens: field(PositiveInt, "Tokens of a response at most, results included."),
  maxTurns: field(PositiveInt, "Generations of one trajectory at most."),
  temperature: field(Positive, "Temperature of the generations."),
  topP: field(UnitInterval, "Tokens are drawn from the likeliest ones that together have this probability.")
})

export const TrainingObjective = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("sft") }),
  Schema.Struct({
    kind: Schema.Literal("dpo"),
    beta: field(Positive, "How strongly the policy is held to the reference.")
  }),
  Schema.Struct({
    kind: Schema.Literal("grpo"),
    clipRatio: field(Positive, "How far the probability ratio may leave 1 before it is clipped."),
    klCoefficient: field(NonNegative, "Weight of the distance to the reference in the loss."),
    rollouts: field(
      Schema.optionalKey(Rollouts),
      "How an engine generates its rollouts; absent for one that learns from the recorded ones."
    )
  })
]).annotate({
  identifier: "TrainingObjective",
  description:
    "What is minimised: `sft` imitates demonstrations, `dpo` prefers the chosen answer of a pair, `grpo` prefers the better rollouts of a group."
})
export type TrainingObjective = typeof TrainingObjective.Type

const Lora = Schema.Struct({
  rank: field(PositiveInt, "Rank of the update matrices."),
  alpha: field(Positive, "The update is scaled by alpha ÷ rank."),
  targets: field(
    Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1)),
    "Linear layers that are adapted, e.g. `q_proj`."
  )
})

export const TrainingSettings = Schema.Struct({
  learningRate: field(Positive, "At its peak."),
  schedule: field(Schema.Literals(["cosine", "linear", "constant"]), "How the learning rate falls."),
  warmupRatio: field(UnitInterval, "Part of the steps in which the learning rate rises from 0."),
  epochs: field(Positive, "Passes over the examples."),
  maxSteps: field(Schema.optionalKey(PositiveInt), "Updates of the weights at most, however many the epochs are."),
  batchSize: field(PositiveInt, "Demonstrations, pairs or rollouts of one forward pass."),
  gradientAccumulation: field(PositiveInt, "Forward passes of one update."),
  cutoffLength: field(PositiveInt, "Tokens of an example; what exceeds them is cut off."),
  clipNorm: field(Positive, "Norm to which longer gradients are scaled down."),
  adam: field(
    Schema.Struct({ beta1: UnitInterval, beta2: UnitInterval, epsilon: Positive }),
    "AdamW's decay of the two moments, and what keeps it from dividing by 0."
  ),
  weightDecay: field(NonNegative, "AdamW's decoupled decay of the weights."),
  maskResults: field(Schema.Boolean, "Whether the tokens of `<result>…</result>` stay out of the loss."),
  seed: field(Schema.Int, "Of the order of the examples and of new matrices."),
  lora: field(Schema.optionalKey(Lora), "The low-rank adapter that is trained; absent when all weights are."),
  checkpointEvery: field(PositiveInt, "Steps from one checkpoint to the next."),
  keepCheckpoints: field(PositiveInt, "Checkpoints that stay on disk; the newest ones."),
  devices: field(
    Schema.optionalKey(
      Schema.Struct({
        precision: field(Schema.Literals(["bf16", "fp16", "fp32"]), "Number format of weights and gradients."),
        zeroStage: field(
          Schema.optionalKey(Schema.Literals([0, 1, 2, 3])),
          "DeepSpeed ZeRO stage, where DeepSpeed is used."
        )
      })
    ),
    "How an engine outside this process uses its devices."
  )
}).annotate({
  identifier: "TrainingSettings",
  description: "The hyperparameters of a training, every default spelt out."
})
export type TrainingSettings = typeof TrainingSettings.Type

export const TrainingRequest = Schema.Struct({
  trainingId,
  objective: field(TrainingObjective, "What is learnt."),
  engine: field(Schema.Literals(["local", "llama-factory", "verl"]), "What trains."),
  base: field(PolicyFolder, "The policy that the training starts from."),
  reference: field(
    Schema.optionalKey(PolicyFolder),
    "The frozen policy that DPO and GRPO compare with; the base when absent."
  ),
  dataset: field(TrainingDataset, "What it learns from."),
  output: field(Schema.NonEmptyString, "The folder of everything that the training writes; absolute."),
  name: field(Schema.NonEmptyString, "The name under which the trained policy is published."),
  settings: field(TrainingSettings, "How it learns.")
}).annotate({ identifier: "TrainingRequest", description: "All that an engine needs to know about a training." })
export type TrainingRequest = typeof TrainingRequest.Type

export const TrainingRequested = defineEvent({
  type: "TrainingRequested",
  version: 1,
  summary: "A policy is to be trained.",
  emittedBy: "train",
  schema: TrainingRequest
})

export const TrainingStarted = defineEvent({
  type: "TrainingStarted",
  version: 1,
  summary: "The engine has read the policy and the examples, and trained to the first checkpoint.",
  emittedBy: "trainer",
  schema: Schema.Struct({
    trainingId,
    engine: field(Schema.NonEmptyString, "What trains."),
    executor: field(Schema.NonEmptyString, "What computes, in words: runtime, device, threads."),
    parameters: field(
      Schema.Struct({
        total: field(Schema.Natural, "Of the policy."),
        trainable: field(Schema.Natural, "Those that the training changes.")
      }),
      "How many numbers the policy has."
    ),
    examples: field(Schema.Natural, "Examples that are learnt from, after what is too long was cut."),
    steps: field(Schema.Natural, "Updates of the weights in all.")
  })
})

const StepReport = Schema.Struct({
  step: field(PositiveInt, "From 1."),
  of: field(PositiveInt, "Steps in all."),
  epoch: field(NonNegative, "Passes over the examples after this step, as a fraction."),
  loss: field(Schema.Finite, "Mean over what the objective averages."),
  learningRate: field(NonNegative, "Of this step."),
  gradientNorm: field(NonNegative, "Norm of the whole gradient before it was clipped."),
  tokens: field(Schema.Natural, "Tokens that the step read, padding aside."),
  tokensPerSecond: field(NonNegative, "How fast it read them."),
  tokenAccuracy: field(
    Schema.optionalKey(UnitInterval),
    "SFT: part of the learnt tokens that were the likeliest ones."
  ),
  preferenceAccuracy: field(Schema.optionalKey(UnitInterval), "DPO: part of the pairs whose chosen answer wins."),
  margin: field(Schema.optionalKey(Schema.Finite), "DPO: mean distance of the implicit rewards of a pair."),
  reward: field(Schema.optionalKey(Schema.Finite), "GRPO: mean reward of the rollouts."),
  kl: field(Schema.optionalKey(Schema.Finite), "GRPO: estimated distance to the reference, in nats a token."),
  clipFraction: field(Schema.optionalKey(UnitInterval), "GRPO: part of the tokens whose probability ratio was clipped.")
}).annotate({ identifier: "StepReport", description: "What one update of the weights did." })

export const TrainingStepCompleted = defineEvent({
  type: "TrainingStepCompleted",
  version: 1,
  summary: "The weights were updated once.",
  emittedBy: "trainer",
  schema: Schema.Struct({ trainingId, report: field(StepReport, "What the update did.") })
})

const Checkpoint = Schema.Struct({
  step: field(PositiveInt, "Steps that led to it."),
  folder: field(Schema.NonEmptyString, "The folder with all that the training goes on from; absolute."),
  sha256: field(Schema.NonEmptyString, "Of its files."),
  bytes: field(Schema.Natural, "Size of its files.")
}).annotate({
  identifier: "Checkpoint",
  description: "Where a training stands on disk: a folder that was complete before anyone was told of it."
})

export const CheckpointSaved = defineEvent({
  type: "CheckpointSaved",
  version: 1,
  summary: "A training reached a checkpoint, from which the trainer goes on.",
  emittedBy: "trainer",
  schema: Schema.Struct({
    trainingId,
    request: field(TrainingRequest, "What was requested."),
    checkpoint: field(Checkpoint, "Where it stands.")
  })
})

export const TrainingCompleted = defineEvent({
  type: "TrainingCompleted",
  version: 1,
  summary: "A training made its last step and its policy is written.",
  emittedBy: "trainer",
  schema: Schema.Struct({
    trainingId,
    steps: field(Schema.Natural, "Updates of the weights in all."),
    policy: field(PolicyFolder, "The trained policy, an adapter merged into it."),
    adapter: field(Schema.optionalKey(PolicyFolder), "The adapter alone, in PEFT's layout, where one was trained.")
  })
})

export const TrainingFailed = defineEvent({
  type: "TrainingFailed",
  version: 1,
  summary: "A training can't go on; its checkpoints so far stay.",
  emittedBy: "trainer",
  schema: Schema.Struct({
    trainingId,
    reason: field(Schema.String, "Why, for a person to read."),
    step: field(Schema.optionalKey(Schema.Natural), "Step of the checkpoint that it could not go on from.")
  })
})

export const PolicyPublished = defineEvent({
  type: "PolicyPublished",
  version: 1,
  summary: "A policy is ready to be served and to be trained further.",
  emittedBy: "trainer",
  schema: Schema.Struct({
    trainingId,
    name: field(Schema.NonEmptyString, "Its name."),
    policy: field(PolicyFolder, "Where it lies."),
    trainedFrom: field(PolicyFolder, "The policy it was trained from.")
  })
})
