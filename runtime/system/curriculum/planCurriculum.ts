import { hash } from "node:crypto"
import { join } from "node:path"
import { Effect, type Schema } from "effect"
import { type StageName, stageNames } from "../../../config/curriculum.ts"
import {
  agreementSettings,
  curriculumOf,
  evaluationSettings,
  judgedByStudent,
  rolloutSettings
} from "../../../config/curriculumSteps.ts"
import { publicConfig } from "../../../config/hash.ts"
import type { Settings } from "../../../config/settings.ts"
import { canonicalJson } from "../../../events/canonicalJson.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { PolicyFolder } from "../../../events/training.ts"
import { checkFolder } from "../../files/folders.ts"
import { version } from "../../version.ts"
import { planRun } from "../planRun.ts"
import { policyFolder } from "../training/policyFolder.ts"
import { refuse } from "../training/trainingRefused.ts"
import { type ResolvedTraining, resolveTraining } from "../training/trainingSettings.ts"
import { curriculumSteps } from "./curriculumSteps.ts"
import { checkPreparable } from "./elsewhere/checkPreparable.ts"
import { withEngineFormats } from "./elsewhere/formats.ts"
import { outsideTraining } from "./elsewhere/training.ts"

/** What a curriculum is asked for with. */
export interface CurriculumAsked {
  readonly settings: Settings
  /** Trains every stage with it; as configured when absent. */
  readonly engine?: ResolvedTraining["engine"] | undefined
  /** Only makes the data of each stage, and what an engine elsewhere needs. */
  readonly dryRun: boolean
}

/** A curriculum that can begin. */
export interface CurriculumPlan {
  /** Its id, the name of the run in the configuration. */
  readonly name: string
  readonly settings: Settings
  /** What trains, where the command says so. */
  readonly engine: ResolvedTraining["engine"] | undefined
  /** The folder of all that it writes; absolute. */
  readonly folder: string
  /** Absent where a server keeps the policy. */
  readonly policy: PolicyFolder | undefined
  readonly steps: ReadonlyArray<CurriculumStep>
  readonly config: Schema.Json
  readonly hash: string
  readonly version: string
}

/** Reads all that a curriculum needs and checks that it fits together. Nothing is written and nothing is stored. */
export const planCurriculum = Effect.fn("planCurriculum")(function* (asked: CurriculumAsked) {
  const { engine, dryRun } = asked
  const settings = dryRun ? withEngineFormats(asked.settings) : asked.settings
  const { name } = settings.run
  const folder = join(settings.output.dir, name)
  yield* checkOutput(folder)
  const stages = stageNames.filter((stage) => curriculumOf(settings).stages.includes(stage))
  const trainingOf = (stage: StageName, configured: Settings) =>
    Effect.mapError(
      Effect.fromResult(dryRun ? outsideTraining(stage, configured) : resolveTraining(stage, configured, { engine })),
      refuse
    )
  const isTaught = !dryRun && curriculumOf(settings).judge === "student"
  const trainings = [
    ...(isTaught ? [yield* trainingOf("sft", asStudent(settings))] : []),
    ...(yield* Effect.forEach(stages, (stage) => trainingOf(stage, settings)))
  ]
  const policy = yield* basePolicy(settings)
  yield* dryRun ? checkPreparable(settings, trainings, policy) : checkTrainable(policy, trainings)
  const steps = curriculumSteps({ settings, folder, trained: !dryRun })
  const plans = yield* Effect.forEach(runsOf(settings, steps), planRun)
  const config = publicConfig(settings)
  const { datasets } = settings
  const decisive = [
    canonicalJson({ steps, trainings, datasets, curriculum: curriculumOf(settings), policy: policy?.sha256 ?? null }),
    ...plans.map((plan) => plan.hash)
  ]
  const plan: CurriculumPlan = {
    ...{ name, settings, engine, folder, policy, steps, config, version },
    hash: hash("sha256", decisive.join("\n"), "hex")
  }
  return plan
})

const checkOutput = (folder: string) =>
  Effect.mapError(checkFolder(folder), ({ detail }) =>
    refuse(`the results can't be written to ${folder} (output.dir): ${detail}`)
  )

/** The folder of a policy that runs in this process, with its digest. */
const basePolicy = Effect.fnUntraced(function* ({ models, policy }: Settings) {
  const model = models[policy.model]
  return model?.kind === "local" ? yield* policyFolder(model.folder, true) : undefined
})

const checkTrainable = Effect.fnUntraced(function* (
  policy: PolicyFolder | undefined,
  trainings: ReadonlyArray<ResolvedTraining>
) {
  if (policy === undefined) {
    return yield* refuse(
      "policy.model is no model of this process (kind: local), so what is trained could not take its place; give its folder, or --dry-run for the data and files that an engine elsewhere needs"
    )
  }
  const elsewhere = trainings.find(({ engine }) => engine !== "local")
  if (elsewhere !== undefined) {
    return yield* refuse(
      `the engine ${elsewhere.engine} trains elsewhere; add --dry-run for the data and files that it needs, or take --engine local`
    )
  }
})

/** The configuration of each kind of run that the steps have, once: their files are read before anything begins. */
const runsOf = (settings: Settings, steps: ReadonlyArray<CurriculumStep>): ReadonlyArray<Settings> =>
  steps.flatMap((step) => {
    if (step.kind !== "rollout" && step.kind !== "evaluation") return []
    const isFirst = step.kind === "rollout" ? step.round === 1 : step === steps.find((other) => isSameSet(step, other))
    return isFirst ? [settingsOfStep(settings, { step })] : []
  })

const isSameSet = (step: CurriculumStep, other: CurriculumStep): boolean =>
  step.kind === "evaluation" && other.kind === "evaluation" && other.set === step.set

/** A student learns as stage 1 does, unless the configuration says otherwise. */
export const asStudent = (settings: Settings): Settings => {
  const { training } = settings
  return training?.student === undefined ? settings : { ...settings, training: { ...training, sft: training.student } }
}

/** A step that is a run, and what is in force when it is due. */
export interface RunStep {
  readonly step: Extract<CurriculumStep, { readonly kind: "rollout" | "evaluation" | "agreement" }>
  readonly policy?: PolicyFolder
  readonly student?: PolicyFolder
}

/** The configuration of the run of a step, with the policy and the student that are in force, or as it is configured. */
export const settingsOfStep = (settings: Settings, { step, policy, student }: RunStep): Settings => {
  const configured = withPolicy(settings, policy)
  const { runId } = step
  if (step.kind === "evaluation") return evaluationSettings(configured, step.set, runId)
  if (step.kind === "agreement") {
    return student === undefined ? configured : agreementSettings(configured, student, runId)
  }
  const stage = stageNames.find((name) => name === step.stage) ?? "student"
  const sampled = rolloutSettings(configured, stage, step.round, runId)
  return student === undefined || stage === "student" ? sampled : judgedByStudent(sampled, student)
}

/** The same configuration with another policy in place of the configured one. */
const withPolicy = (settings: Settings, policy: PolicyFolder | undefined): Settings => {
  const name = settings.policy.model
  const model = settings.models[name]
  if (policy === undefined || model?.kind !== "local") return settings
  return { ...settings, models: { ...settings.models, [name]: { ...model, ...policy } } }
}
