import { Result, Schema } from "effect"
import { didYouMean } from "../../../config/problems.ts"
import type { Settings } from "../../../config/settings.ts"
import { DpoSettings, GrpoSettings, SftSettings } from "../../../config/training.ts"
import type { TrainingObjective, TrainingSettings } from "../../../events/training.ts"
import { linearNames } from "../../models/qwen2/config.ts"

export type ObjectiveKind = TrainingObjective["kind"]

/** What a configuration makes of a training. */
export interface ResolvedTraining {
  readonly engine: "local" | "llama-factory" | "verl"
  readonly objective: TrainingObjective
  readonly settings: TrainingSettings
}

/** What the command line says instead of the configuration. */
export interface TrainingOverrides {
  readonly engine?: ResolvedTraining["engine"] | undefined
  readonly seed?: number | undefined
}

/** The hyperparameters of an objective, every default spelt out. Fails in words. */
export const resolveTraining = (
  kind: ObjectiveKind,
  { training, run }: Pick<Settings, "training" | "run">,
  overrides: TrainingOverrides
): Result.Result<ResolvedTraining, string> => {
  const seed = overrides.seed ?? run.seed
  switch (kind) {
    case "sft": {
      const sft = training?.sft ?? decodeSft({})
      return resolved(overrides.engine ?? sft.engine, sft.lora, { kind }, supervised(sft, seed))
    }
    case "dpo": {
      const dpo = training?.dpo ?? decodeDpo({})
      return resolved(overrides.engine ?? dpo.engine, dpo.lora, { kind, beta: dpo.beta }, supervised(dpo, seed))
    }
    case "grpo": {
      const grpo = training?.grpo ?? decodeGrpo({})
      const engine = overrides.engine ?? grpo.engine
      return resolved(engine, grpo.lora, grpoObjective(engine, grpo), groups(grpo, seed))
    }
  }
}

const decodeSft = Schema.decodeUnknownSync(SftSettings)
const decodeDpo = Schema.decodeUnknownSync(DpoSettings)
const decodeGrpo = Schema.decodeUnknownSync(GrpoSettings)

type Section = SftSettings | DpoSettings | GrpoSettings

const resolved = (
  engine: ResolvedTraining["engine"],
  lora: Section["lora"],
  objective: TrainingObjective,
  settings: Omit<TrainingSettings, "lora">
): Result.Result<ResolvedTraining, string> => {
  if (lora === false) return Result.succeed({ engine, objective, settings })
  const { rank, alpha = 2 * rank, target } = lora
  return Result.map(targetsOf(target), (targets) => ({
    engine,
    objective,
    settings: { ...settings, lora: { rank, alpha, targets } }
  }))
}

/** The layers that `lora.target` names. */
const targetsOf = (target: string): Result.Result<ReadonlyArray<string>, string> => {
  if (target === "all") return Result.succeed(linearNames)
  const names = target.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !linearNames.some((linear) => linear === name))
  return unknown === undefined
    ? Result.succeed(linearNames.filter((linear) => names.includes(linear)))
    : Result.fail(
        `lora.target: there is no linear layer "${unknown}"${didYouMean(unknown, linearNames)}; choose from ${linearNames.join(", ")}, or all`
      )
}

const common = (section: Section, seed: number) => ({
  learningRate: section.learningRate,
  schedule: section.schedule,
  warmupRatio: section.warmupRatio,
  epochs: section.epochs,
  ...(section.maxSteps === undefined ? {} : { maxSteps: section.maxSteps }),
  clipNorm: section.clipNorm,
  adam: section.adam,
  weightDecay: section.weightDecay,
  maskResults: section.maskResults,
  seed,
  checkpointEvery: section.checkpointEvery,
  keepCheckpoints: section.keepCheckpoints
})

const supervised = (section: SftSettings | DpoSettings, seed: number) => ({
  ...common(section, seed),
  batchSize: section.batchSize,
  gradientAccumulation: section.gradientAccumulation,
  cutoffLength: section.cutoffLength,
  devices: { precision: section.precision, zeroStage: section.zeroStage }
})

/** An update learns from all rollouts of a mini-batch of questions, a few of them at a time. */
const groups = (section: GrpoSettings, seed: number) => ({
  ...common(section, seed),
  batchSize: section.microBatchSize,
  gradientAccumulation: Math.ceil((section.miniBatchSize * section.groupSize) / section.microBatchSize),
  cutoffLength: section.maxPromptTokens + section.maxResponseTokens,
  devices: { precision: section.precision }
})

/** An engine that makes rollouts of its own is told how. */
const grpoObjective = (engine: ResolvedTraining["engine"], section: GrpoSettings): TrainingObjective => {
  const { clipRatio, klCoefficient } = section
  if (engine === "local") return { kind: "grpo", clipRatio, klCoefficient }
  const { groupSize, miniBatchSize, maxPromptTokens, maxResponseTokens, maxTurns, temperature, topP } = section
  const rollouts = {
    server: section.rollouts,
    questions: section.batchSize,
    groupSize,
    miniBatchSize,
    maxPromptTokens,
    maxResponseTokens,
    maxTurns,
    temperature,
    topP
  }
  return { kind: "grpo", clipRatio, klCoefficient, rollouts }
}
