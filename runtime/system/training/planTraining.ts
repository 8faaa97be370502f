import { basename, resolve } from "node:path"
import { Effect } from "effect"
import type { Settings } from "../../../config/settings.ts"
import { canonicalJson } from "../../../events/canonicalJson.ts"
import { trainingId } from "../../../events/ids.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { digestFile } from "../../files/folderDigest.ts"
import { loadExamples } from "../../training/examples/loadExamples.ts"
import { datasetFile } from "./datasetFile.ts"
import { checkOutput } from "./outputCheck.ts"
import { policyFolder } from "./policyFolder.ts"
import { refuse } from "./trainingRefused.ts"
import { type ObjectiveKind, type ResolvedTraining, resolveTraining } from "./trainingSettings.ts"

/** What a training is asked for with. Relative paths start at the working folder. */
export interface TrainingAsked {
  readonly objective: ObjectiveKind
  readonly settings: Settings
  readonly model: string
  readonly data: string
  readonly out: string
  /** The frozen policy of DPO and GRPO; the model when absent. */
  readonly reference?: string | undefined
  /** The engine, the published name, the seed and the run; as configured, by the output folder, or none when absent. */
  readonly engine?: ResolvedTraining["engine"] | undefined
  readonly name?: string | undefined
  readonly seed?: number | undefined
  readonly run?: string | undefined
  /** Whether the output folder was made ready for this training, so that it need not be empty. */
  readonly prepared?: boolean | undefined
}

/** A training that can begin. */
export interface TrainingPlan {
  readonly request: TrainingRequest
  /** The run that its events belong to: one that was named, or the training itself. */
  readonly runId: string
}

/** What each engine can train. */
const abilities: Readonly<Record<ResolvedTraining["engine"], ReadonlyArray<ObjectiveKind>>> = {
  local: ["sft", "dpo", "grpo"],
  "llama-factory": ["sft", "dpo"],
  verl: ["grpo"]
}

/** Reads all that a training needs and checks that it fits together. Nothing is written and nothing is stored. */
export const planTraining = Effect.fn("planTraining")(function* (asked: TrainingAsked) {
  const { objective: kind, model, data, run = "" } = asked
  const { engine, objective, settings } = yield* Effect.mapError(
    Effect.fromResult(resolveTraining(kind, asked.settings, asked)),
    refuse
  )
  const able = abilities[engine]
  if (!able.includes(kind)) {
    const others = Object.entries(abilities).flatMap(([name, kinds]) => (kinds.includes(kind) ? [name] : []))
    return yield* refuse(
      `the engine ${engine} trains ${able.join(" and ")}, not ${kind}: take --engine ${others.join(" or ")}`
    )
  }
  if (asked.reference !== undefined && kind === "sft") {
    return yield* refuse("--reference: sft compares with no other policy; leave it out, or train dpo or grpo")
  }
  const output = resolve(asked.out)
  const base = yield* policyFolder(model, engine === "local")
  const reference = asked.reference === undefined ? undefined : yield* policyFolder(asked.reference, engine === "local")
  const file = yield* datasetFile(kind, data)
  const { examples, format } = yield* loadExamples(kind, file)
  const { sha256 } = yield* Effect.promise(() => digestFile(file))
  const decisive = {
    objective,
    engine,
    base: base.sha256,
    reference: reference?.sha256 ?? base.sha256,
    dataset: sha256,
    output,
    settings
  }
  const request: TrainingRequest = {
    trainingId: trainingId(kind, run, canonicalJson(decisive)),
    objective,
    engine,
    base,
    ...(reference === undefined ? {} : { reference }),
    dataset: { file, format, sha256, rows: examples.length },
    output,
    name: asked.name ?? basename(output),
    settings
  }
  yield* checkOutput(request, asked.prepared === true)
  const plan: TrainingPlan = { request, runId: asked.run ?? request.trainingId }
  return plan
})
