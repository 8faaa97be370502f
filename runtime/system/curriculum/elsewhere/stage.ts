import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { type StageName, stageNames } from "../../../../config/curriculum.ts"
import type { Settings } from "../../../../config/settings.ts"
import type { CurriculumStep } from "../../../../events/curriculum.ts"
import type { TrainingRequest } from "../../../../events/training.ts"
import { lineageFile } from "../../../../projections/datasets/lineage.ts"
import { type Manifest, manifestFile, readManifest } from "../../../../projections/datasets/manifest.ts"
import { digestFile } from "../../../files/folderDigest.ts"
import type { TrainingFiles } from "../../../training/external/externalEngine.ts"
import { diskRefused } from "../../../training/external/failures.ts"
import type { Files } from "../../../training/external/files.ts"
import { policyIn } from "../../../training/llama-factory/layout.ts"
import { lastPolicy } from "../../../training/verl/layout.ts"
import { buildRunDatasets } from "../../datasets.ts"
import { datasetFile } from "../../training/datasetFile.ts"
import { refuse } from "../../training/trainingRefused.ts"
import type { CurriculumPlan } from "../planCurriculum.ts"
import { outsideRequest, stagePlace } from "./request.ts"
import { type OutsideTraining, outsideTraining } from "./training.ts"

/** The step that made the data of a stage. */
export type DatasetStep = Extract<CurriculumStep, { readonly kind: "dataset" }>

/** A stage whose data are there. */
export interface PreparedStage {
  readonly stage: StageName
  readonly step: DatasetStep
  /** Demonstrations, preferences, or questions. */
  readonly rows: number
  readonly training: OutsideTraining
  /** What an engine trains from; absent where there is no row to learn from. */
  readonly prepared?: PreparedFiles
}

/** What one engine finds. All paths are in the folder of all stages. */
export interface PreparedFiles extends TrainingFiles {
  readonly request: TrainingRequest
  /** Where the commands are to be run: `1-sft/llama-factory`. */
  readonly folder: string
  /** Where the trained policy will be. */
  readonly policy: string
}

/** The stage that a step made the data of; undefined for what is no stage of the policy. */
export const stageOf = ({ stage }: DatasetStep): StageName | undefined => stageNames.find((name) => name === stage)

/** Makes all files of a stage, which starts from that base, in memory. A dataset that is gone is folded anew. */
export const prepareStage = Effect.fnUntraced(function* (
  plan: CurriculumPlan,
  stage: StageName,
  step: DatasetStep,
  base: string
) {
  const { settings } = plan
  const training = yield* Effect.mapError(Effect.fromResult(outsideTraining(stage, settings)), refuse)
  const manifest = yield* datasetOf(step)
  const { rows } = manifest
  const common = { stage, step, rows, training }
  if (rows === 0) return common satisfies PreparedStage
  const file = yield* datasetFile(stage, step.location)
  const { sha256 } = yield* Effect.promise(() => digestFile(file))
  const place = stagePlace(stage)
  const request = outsideRequest({
    ...{ training, base, output: place, name: `${plan.name}-${stage}` },
    dataset: { file, format: "jsonl", sha256, rows }
  })
  const engine = yield* engineFor(training.engine, settings)
  const { files, commands } = yield* engine.files(request)
  const folder = `${place}/${training.engine}`
  const policy = `${folder}/${training.engine === "verl" ? lastPolicy : policyIn(request)}`
  const all = { ...under(`${place}/dataset`, yield* datasetFiles(step, manifest)), ...under(folder, files) }
  const prepared: PreparedFiles = { request, files: all, commands, folder, policy }
  return { ...common, prepared } satisfies PreparedStage
})

const under = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, contents]) => [`${folder}/${name}`, contents]))

const datasetOf = Effect.fnUntraced(function* ({ dataset, location, runId }: DatasetStep) {
  if (!existsSync(join(location, manifestFile))) {
    yield* buildRunDatasets(runId, [{ kind: dataset, set: [], formats: [], folder: location }])
  }
  return yield* readManifest(location)
})

/** The dataset in the formats of others; where its rows come from stays with the log. */
const datasetFiles = ({ dataset, location }: DatasetStep, { files }: Manifest) =>
  Effect.tryPromise({
    try: async (): Promise<Files> => {
      const names = files.map(({ name }) => name).filter((name) => name !== lineageFile && name !== `${dataset}.jsonl`)
      const contents = await Promise.all(names.map((name) => readFile(join(location, name))))
      return Object.fromEntries(names.map((name, place) => [name, contents[place] ?? ""]))
    },
    catch: diskRefused
  })

/** Each is loaded when it is asked for, as are those that train. */
const engineFor = (engine: OutsideTraining["engine"], { retrieval }: Settings) => {
  const { retriever, topK } = retrieval
  return engine === "verl"
    ? Effect.flatMap(
        Effect.promise(() => import("../../../training/verl/engine.ts")),
        ({ makeVerl }) =>
          makeVerl(process.env, { topK, ...(retriever.kind === "server" ? { searchUrl: retriever.url } : {}) })
      )
    : Effect.flatMap(
        Effect.promise(() => import("../../../training/llama-factory/engine.ts")),
        ({ makeLlamaFactory }) => makeLlamaFactory(process.env)
      )
}
