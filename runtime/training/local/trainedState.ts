import { initializeAdapter } from "../../models/qwen2/adapter.ts"
import { parameterShapes, sizeOf } from "../../models/qwen2/config.ts"
import type { Model } from "../../models/qwen2/modelFolder.ts"
import { openSafetensors, writeSafetensors } from "../../models/qwen2/safetensors.ts"
import type { HostTensor, State } from "../../tensors/program.ts"
import { stateNames, type TrainedPolicy, trainedShapes } from "./policy.ts"

/** Where in a checkpoint's folder the numbers are. */
const valuesFile = "state.safetensors"

type HostTensors = Record<string, HostTensor>

/** The parameters of a model as it lies on disk. */
export const parametersOf = (model: Model): HostTensors =>
  Object.fromEntries(
    Object.entries(parameterShapes(model.config)).map(([name, shape]) => [name, { shape, values: model.weight(name) }])
  )

/**
 * All that a training keeps between steps, before its first one: the model's parameters, an adapter if one is trained, no
 * momentum, no gradient.
 */
export const freshState = (model: Model, policy: TrainedPolicy, seed: number): HostTensors => {
  const state = parametersOf(model)
  const shapes = trainedShapes(policy)
  const adapter = policy.lora === undefined ? {} : initializeAdapter(policy.config, policy.lora, seed).weights
  for (const [name, values] of Object.entries(adapter)) state[name] = { shape: shapes[name] ?? [], values }
  for (const [name, shape] of Object.entries(shapes)) {
    for (const key of [stateNames.mean(name), stateNames.squares(name), stateNames.gradient(name)]) {
      state[key] = { shape, values: new Float32Array(sizeOf(shape)) }
    }
  }
  return state
}

/** What of the state changes from step to step and is not 0 between them. */
const kept = (policy: TrainedPolicy): ReadonlyArray<readonly [string, ReadonlyArray<number>]> =>
  Object.entries(trainedShapes(policy)).flatMap(([name, shape]) =>
    [name, stateNames.mean(name), stateNames.squares(name)].map((key) => [key, shape] as const)
  )

/** Writes what a training goes on from into a folder. The same state gives the same bytes. */
export const saveState = (folder: string, policy: TrainedPolicy, state: State): void =>
  writeSafetensors(
    `${folder}/${valuesFile}`,
    kept(policy).map(([name, shape]) => ({ name, shape, values: () => state.read(name) })),
    "float32"
  )

/** Puts a state back to where it was saved. Throws a `ModelFolderError` when the folder has not all of it. */
export const restoreState = (folder: string, policy: TrainedPolicy, state: State): void => {
  const saved = openSafetensors(`${folder}/${valuesFile}`)
  for (const [name] of kept(policy)) state.write(name, saved.read(name))
}
