import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect, Schema } from "effect"
import type { Settings } from "../../../../config/settings.ts"
import { PretrainSettings, type SftSettings } from "../../../../config/training.ts"
import type { PolicyFolder } from "../../../../events/training.ts"
import { digestFile } from "../../../files/folderDigest.ts"
import { configFile } from "../../../models/qwen2/configFile.ts"
import { modelDigest } from "../../../models/qwen2/modelFolder.ts"
import { loadExamples } from "../../../training/examples/loadExamples.ts"
import { datasetFile } from "../datasetFile.ts"
import { planTraining } from "../planTraining.ts"
import { refuse } from "../trainingRefused.ts"
import { shapeProblem } from "./modelShape.ts"
import { type PretrainingRecord, pretrainingFolder, type Recipe, readRecord } from "./pretrainingFolder.ts"
import { tokenizerTexts } from "./tokenizerTexts.ts"

/** What a pretraining is asked for with. Relative paths start at the working folder. */
export interface PretrainingAsked {
  readonly settings: Settings
  readonly data: string
  readonly out: string
  /** The published name and the seed; by the output folder and as configured when absent. */
  readonly name?: string | undefined
  readonly seed?: number | undefined
}

/** A pretraining that can begin. */
export interface PretrainingPlan {
  readonly asked: PretrainingAsked
  readonly recipe: Recipe
  /** Absolute. */
  readonly output: string
  /** What the tokenizer is learnt from. */
  readonly texts: ReadonlyArray<string>
  /** The policy that the training starts from; undefined when it is yet to be made. */
  readonly untrained: PolicyFolder | undefined
}

const decode = Schema.decodeUnknownSync(PretrainSettings)

/** Reads all that a pretraining needs and checks that it fits together. Nothing is written. */
export const planPretraining = Effect.fn("planPretraining")(function* (asked: PretrainingAsked) {
  const settings = asked.settings.training?.pretrain ?? decode({})
  const problem = shapeProblem(settings)
  if (problem !== undefined) return yield* refuse(problem)
  const file = yield* datasetFile("sft", asked.data)
  const { examples } = yield* loadExamples("sft", file)
  const { sha256 } = yield* Effect.promise(() => digestFile(file))
  const recipe: Recipe = { dataset: sha256, seed: asked.seed ?? asked.settings.run.seed, settings }
  const output = resolve(asked.out)
  const record = yield* readRecord(output, recipe)
  const plan: PretrainingPlan = {
    ...{ asked, recipe, output },
    texts: tokenizerTexts(examples, settings.tokenizerTexts),
    untrained: yield* untrainedPolicy(output, record)
  }
  return plan
})

/** The untrained policy of an output folder, if it is there and what it was when it was made. */
const untrainedPolicy = Effect.fnUntraced(function* (output: string, record: PretrainingRecord | undefined) {
  const folder = pretrainingFolder(output).untrained
  if (record?.untrained === undefined || !existsSync(join(folder, configFile))) return undefined
  const sha256 = yield* Effect.promise(() => modelDigest(folder))
  return sha256 === record.untrained ? { folder, sha256 } : undefined
})

/** The training of an untrained policy: it imitates as any other that is fine-tuned. */
export const planImitation = ({ asked, output, recipe }: PretrainingPlan, untrained: PolicyFolder) => {
  const sft: SftSettings = { ...recipe.settings, engine: "local", zeroStage: 0, precision: "fp32", lora: false }
  return planTraining({
    objective: "sft",
    settings: { ...asked.settings, training: { ...asked.settings.training, sft } },
    model: untrained.folder,
    data: asked.data,
    out: output,
    name: asked.name,
    seed: recipe.seed,
    prepared: true
  })
}
