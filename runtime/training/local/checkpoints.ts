import { readdirSync, rmSync } from "node:fs"
import { basename, join } from "node:path"
import { checkpointFolder, outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { LegEnd } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { digestFolder } from "../../files/folderDigest.ts"
import { type Adapter, type LoraConfig, mergeParameter } from "../../models/qwen2/adapter.ts"
import { saveAdapter } from "../../models/qwen2/adapterFolder.ts"
import { type Model, modelDigest } from "../../models/qwen2/modelFolder.ts"
import { replaceModelFolder, writeText } from "../../models/qwen2/replaceModelFolder.ts"
import { saveModel } from "../../models/qwen2/saveModel.ts"
import type { State } from "../../tensors/program.ts"
import { type TrainedPolicy, trainedShapes } from "./policy.ts"
import { saveState } from "./trainedState.ts"

/** By it a folder is known to be a checkpoint. */
const descriptionFile = "training.json"

/** Saves where a training stands. The folder appears when it is complete; the oldest ones beyond those to keep go. */
export const saveCheckpoint = async (
  request: TrainingRequest,
  policy: TrainedPolicy,
  state: State,
  step: number
): Promise<LegEnd> => {
  const folder = checkpointFolder(request, step)
  replaceModelFolder(folder, descriptionFile, (building) => {
    saveState(building, policy, state)
    writeText(join(building, descriptionFile), `${JSON.stringify({ trainingId: request.trainingId, step })}\n`)
  })
  forgetOld(request, folder)
  return { kind: "checkpoint", checkpoint: { step, folder, ...(await digestFolder(folder)) } }
}

/** The newest one and the one before it stay in any case: the message that led here may come again. */
const forgetOld = (request: TrainingRequest, newest: string): void => {
  const { checkpoints } = outputFolder(request)
  const older = readdirSync(checkpoints)
    .filter((name) => name.startsWith("step-") && name < basename(newest))
    .sort()
  const keep = Math.max(2, request.settings.keepCheckpoints) - 1
  for (const name of older.slice(0, -keep)) rmSync(join(checkpoints, name), { recursive: true, force: true })
}

/** Writes the trained policy, an adapter merged into it, and the adapter alone. */
export const savePolicy = async (
  request: TrainingRequest,
  model: Model,
  policy: TrainedPolicy,
  state: State
): Promise<LegEnd> => {
  const places = outputFolder(request)
  const { config, lora } = policy
  const save = (weight: (name: string) => Float32Array) =>
    saveModel(places.policy, { config, weights: weight, type: "float32", from: model.folder })
  if (lora === undefined) {
    save(state.read)
    return { kind: "completed", policy: await written(places.policy) }
  }
  const adapter = adapterOf(policy, lora, state)
  saveAdapter(places.adapter, { config, adapter, base: model.folder, type: "float32" })
  save((name) => mergeParameter(name, model.weight(name), adapter))
  return { kind: "completed", policy: await written(places.policy), adapter: await written(places.adapter) }
}

const adapterOf = (policy: TrainedPolicy, lora: LoraConfig, state: State): Adapter => ({
  lora,
  weights: Object.fromEntries(Object.keys(trainedShapes(policy)).map((name) => [name, state.read(name)]))
})

const written = async (folder: string) => ({ folder, sha256: await modelDigest(folder) })
