import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { HostTensor } from "../../../tensors/program.ts"
import { parameterShapes } from "../config.ts"
import { type Model, openModel } from "../modelFolder.ts"

/** The models and numbers that PyTorch left in test/fixtures/torch. */
const fixtures = join(import.meta.dirname, "../../../../test/fixtures/torch")

export const torchModels = ["gqa-tied", "gqa-untied", "mha-tied", "mha-untied"] as const

/** A tiny random model and what PyTorch computes with it. */
export interface TorchModel {
  readonly model: Model
  readonly parameters: Readonly<Record<string, HostTensor>>
  readonly ids: ReadonlyArray<ReadonlyArray<number>>
  /** [batch, length, vocabulary]. */
  readonly logits: ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>
}

/** A file of the fixtures as JSON. */
export const torchJson = <A>(...path: ReadonlyArray<string>): A =>
  JSON.parse(readFileSync(join(fixtures, ...path), "utf8")) as A

/** A folder of the fixtures. */
export const torchFolder = (name: string): string => join(fixtures, name)

export const torchModel = (name: (typeof torchModels)[number]): TorchModel => {
  const model = openModel(torchFolder(name))
  return {
    model,
    parameters: parametersOf(model),
    ...torchJson<Pick<TorchModel, "ids" | "logits">>(name, "logits.json")
  }
}

const parametersOf = (model: Model): Readonly<Record<string, HostTensor>> =>
  Object.fromEntries(
    Object.entries(parameterShapes(model.config)).map(([name, shape]) => [name, { shape, values: model.weight(name) }])
  )

/** The largest distance between two lists of numbers in the same place. */
export const largestDistance = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let index = 0; index < actual.length; index++) {
    const distance = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN))
    // NaN is farther than anything.
    if (!(distance <= largest)) largest = distance
  }
  return largest
}
