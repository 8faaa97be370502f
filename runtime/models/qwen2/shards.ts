import { existsSync } from "node:fs"
import { basename, join } from "node:path"
import { Schema } from "effect"
import { sizeOf } from "./config.ts"
import { listed, ModelFolderError } from "./folderError.ts"
import { jsonReader, textIfThere } from "./jsonFile.ts"
import { writeText } from "./replaceModelFolder.ts"
import { openSafetensors, type SafetensorsFile, type TensorSource, writeSafetensors } from "./safetensors.ts"
import { bytesPerNumber, type WeightType } from "./safetensorsHeader.ts"

/** The file with all weights of a model that is not divided. */
const wholeFile = "model.safetensors"

/** The file that says which weight lies in which file of a model that is divided. */
const indexFile = "model.safetensors.index.json"

/** Whether a file of a model's folder holds weights or says where they lie. */
export const isWeightsFile = (name: string): boolean =>
  /^model(-\d+-of-\d+)?\.safetensors$/.test(name) || name === indexFile

/** The open files with a model's weights, by the name of each weight. */
export const openShards = (folder: string): ReadonlyMap<string, SafetensorsFile> => {
  const index = join(folder, indexFile)
  const text = existsSync(join(folder, wholeFile)) ? undefined : textIfThere(index)
  if (text !== undefined) return openIndexed(folder, index, text)
  const whole = openSafetensors(join(folder, wholeFile))
  return new Map([...whole.tensors.keys()].map((name) => [name, whole]))
}

const decodeIndex = jsonReader(Schema.Struct({ weight_map: Schema.Record(Schema.String, Schema.String) }))

const openIndexed = (folder: string, index: string, text: string): ReadonlyMap<string, SafetensorsFile> => {
  const fileOf = decodeIndex(index, text).weight_map
  const files = new Map<string, SafetensorsFile>()
  const opened = (name: string) => {
    if (basename(name) !== name) throw new ModelFolderError({ file: index, detail: `${name} is in another folder` })
    const file = files.get(name) ?? openSafetensors(join(folder, name))
    files.set(name, file)
    return file
  }
  const placed = Object.entries(fileOf).map(([weight, name]) => [weight, opened(name)] as const)
  const astray = placed.filter(([weight, { tensors }]) => !tensors.has(weight)).map(([weight]) => weight)
  if (astray.length === 0) return new Map(placed)
  throw new ModelFolderError({ file: index, detail: `${listed(astray)} not in the file where it says` })
}

/**
 * Writes weights in their order: into one file, or into several of at most so many bytes of numbers each (a larger tensor has
 * one to itself) with an index, named as Transformers names them.
 */
export const writeShards = (
  folder: string,
  tensors: ReadonlyArray<TensorSource>,
  type: WeightType,
  mostBytes: number
): void => {
  const bytesOf = ({ shape }: TensorSource) => sizeOf(shape) * bytesPerNumber[type]
  const shards: Array<Array<TensorSource>> = [[]]
  let filled = 0
  for (const tensor of tensors) {
    if (filled > 0 && filled + bytesOf(tensor) > mostBytes) {
      shards.push([])
      filled = 0
    }
    shards.at(-1)?.push(tensor)
    filled += bytesOf(tensor)
  }
  const digits = (count: number) => String(count).padStart(5, "0")
  const nameOf = (shard: number) =>
    shards.length === 1 ? wholeFile : `model-${digits(shard + 1)}-of-${digits(shards.length)}.safetensors`
  for (const [shard, held] of shards.entries()) writeSafetensors(join(folder, nameOf(shard)), held, type)
  if (shards.length === 1) return
  const index = {
    metadata: { total_size: tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0) },
    weight_map: Object.fromEntries(shards.flatMap((held, shard) => held.map(({ name }) => [name, nameOf(shard)])))
  }
  writeText(join(folder, indexFile), `${JSON.stringify(index, null, 2)}\n`)
}
