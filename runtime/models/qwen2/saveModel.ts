import { copyFileSync, existsSync } from "node:fs"
import { join } from "node:path"
import { parameterShapes, type Qwen2Config, sizeOf, type Weights } from "./config.ts"
import { configFile, configText, parseConfig } from "./configFile.ts"
import { endOfTextOf } from "./endOfText.ts"
import { listed, ModelFolderError, onDisk } from "./folderError.ts"
import { type GenerationConfig, generationConfigFile, generationConfigText } from "./generationConfig.ts"
import { textIfThere } from "./jsonFile.ts"
import { replaceModelFolder, writeText } from "./replaceModelFolder.ts"
import type { WeightType } from "./safetensorsHeader.ts"
import { writeShards } from "./shards.ts"
import { tokenizerFiles } from "./tokenizerFiles.ts"

/** What a model's folder is made of. */
export interface ModelToSave {
  readonly config: Qwen2Config
  /** All weights, or a way to get one when its turn comes, so that they need not all be in memory. */
  readonly weights: Weights | ((name: string) => Float32Array)
  /** Of the numbers on the disk. */
  readonly type: WeightType
  /**
   * A folder with the tokenizer, and perhaps with the model that this one was made from: then what its `config.json` and
   * `generation_config.json` say beyond shape and number type is kept.
   */
  readonly from?: string
  /** What is to be said about sampling, where it differs from what `from` says. */
  readonly generation?: GenerationConfig
  /** Weights of more bytes than that are divided over several files; 5 GB as in Transformers. */
  readonly mostBytesPerFile?: number
}

/**
 * Writes a model into a folder that Transformers, vLLM and SGLang load. The folder appears when it is complete; an empty one or
 * an earlier model in its place gives way. The same model gives the same bytes. Throws a `ModelFolderError`.
 */
export const saveModel = (folder: string, model: ModelToSave): void => {
  const { config, weights, type, from, mostBytesPerFile = 5e9 } = model
  if (typeof weights !== "function") checkWeights(folder, config, weights)
  const values = (name: string) =>
    typeof weights === "function" ? weights(name) : (weights[name] ?? new Float32Array(0))
  const texts = configurationOf(model)
  const tensors = Object.entries(parameterShapes(config)).map(([name, shape]) => {
    return { name, shape, values: () => values(name) }
  })
  replaceModelFolder(folder, configFile, (building) => {
    writeShards(building, tensors, type, mostBytesPerFile)
    if (from !== undefined) copyTokenizer(from, building)
    for (const [name, text] of Object.entries(texts)) writeText(join(building, name), text)
  })
}

/** The texts of the configuration files by their names. */
const configurationOf = ({ config, type, from, generation }: ModelToSave): Readonly<Record<string, string>> => {
  const earlierOf = (name: string) => (from === undefined ? undefined : textIfThere(join(from, name)))
  const [described, sampled] = [earlierOf(configFile), earlierOf(generationConfigFile)]
  const earlier =
    described !== undefined && isOfShape(parseConfig(configFile, described), config) ? described : undefined
  const known = generation?.endOfText ?? (from === undefined ? [] : endOfTextOf(from))
  const generationText =
    generation === undefined && sampled === undefined
      ? undefined
      : generationConfigText(generation ?? { endOfText: [] }, sampled)
  return {
    [configFile]: configText(config, { type, endOfText: earlier === undefined ? known : [], earlier }),
    ...(generationText === undefined ? {} : { [generationConfigFile]: generationText })
  }
}

const isOfShape = (earlier: Qwen2Config, config: Qwen2Config): boolean =>
  JSON.stringify([earlier.heads, parameterShapes(earlier)]) === JSON.stringify([config.heads, parameterShapes(config)])

/** Throws unless the weights are those of the configuration. */
const checkWeights = (folder: string, config: Qwen2Config, weights: Weights): void => {
  const shapes = parameterShapes(config)
  const wrong = Object.entries(shapes)
    .filter(([name, shape]) => weights[name]?.length !== sizeOf(shape))
    .map(([name, shape]) => `${name} has ${weights[name]?.length ?? "no"} numbers instead of ${sizeOf(shape)}`)
  const unexpected = Object.keys(weights)
    .filter((name) => !(name in shapes))
    .map((name) => `${name} is no parameter of it`)
  const problems = [...wrong, ...unexpected]
  if (problems.length === 0) return
  throw new ModelFolderError({ file: folder, detail: `the weights do not fit the model: ${listed(problems)}` })
}

const copyTokenizer = (from: string, to: string): void => {
  for (const name of tokenizerFiles) {
    const file = join(from, name)
    if (existsSync(file)) onDisk(file, () => copyFileSync(file, join(to, name)))
  }
}
