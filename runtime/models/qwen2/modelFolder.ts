import { createHash } from "node:crypto"
import { createReadStream, readdirSync } from "node:fs"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { adapterFiles } from "./adapterFolder.ts"
import { parameterShapes, type Qwen2Config, type Weights } from "./config.ts"
import { configFile, parseConfig } from "./configFile.ts"
import { endOfTextOf } from "./endOfText.ts"
import { listed, ModelFolderError, onDisk } from "./folderError.ts"
import { type GenerationConfig, generationConfigFile, parseGenerationConfig } from "./generationConfig.ts"
import { readText, textIfThere } from "./jsonFile.ts"
import type { SafetensorsFile } from "./safetensors.ts"
import { isWeightsFile, openShards } from "./shards.ts"
import { tokenizerFiles } from "./tokenizerFiles.ts"

/** An open model: what it is, and its weights, which are read from the disk when they are asked for. */
export interface Model {
  readonly folder: string
  readonly config: Qwen2Config
  /** Its end-of-text tokens are looked for in the other files where `generation_config.json` names none. */
  readonly generation: GenerationConfig
  /** Reads one parameter; throws a `ModelFolderError` when the model has none of that name, or its file has changed. */
  readonly weight: (name: string) => Float32Array
  /** Reads all parameters. */
  readonly all: () => Weights
}

/**
 * Opens a folder with a Qwen2 model in Hugging Face's layout: `config.json`, `model.safetensors` or its shards, and perhaps
 * `generation_config.json`. Throws a `ModelFolderError` when the model is of another kind or its weights are not those its
 * configuration describes. Nothing is held open.
 */
export const openModel = (folder: string): Model => {
  const { config, generation } = describeModel(folder)
  const files = openShards(folder)
  checkTensors(folder, config, files)
  const weight = (name: string) => {
    const file = files.get(name)
    if (file === undefined) throw new ModelFolderError({ file: folder, detail: `the model has no parameter ${name}` })
    return file.read(name)
  }
  const names = Object.keys(parameterShapes(config))
  const all = () => Object.fromEntries(names.map((name) => [name, weight(name)]))
  return { folder, config, generation, weight, all }
}

/** What the configuration files of a model's folder say; its weights are not looked at. */
export const describeModel = (folder: string): Pick<Model, "config" | "generation"> => {
  const [file, generationFile] = [join(folder, configFile), join(folder, generationConfigFile)]
  const config = parseConfig(file, readText(file))
  const text = textIfThere(generationFile)
  const generation = text === undefined ? {} : parseGenerationConfig(generationFile, text)
  return { config, generation: { ...generation, endOfText: endOfTextOf(folder) } }
}

/** Compares the tensors on the disk with those the configuration wants. */
const checkTensors = (folder: string, config: Qwen2Config, files: ReadonlyMap<string, SafetensorsFile>): void => {
  const wanted = parameterShapes(config)
  const missing = Object.keys(wanted).filter((name) => !files.has(name))
  const unexpected = [...files.keys()].filter((name) => !(name in wanted) && !isIgnored(name, config))
  const misshapen = Object.entries(wanted).flatMap(([name, shape]) => {
    const stored = files.get(name)?.tensors.get(name)?.shape ?? shape
    return String(stored) === String(shape) ? [] : [`${name} is [${stored}] instead of [${shape}]`]
  })
  const problems = [
    ...(missing.length > 0 ? [`${missing.length} missing: ${listed(missing)}`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected: ${listed(unexpected)}`] : []),
    ...(misshapen.length > 0 ? [`${misshapen.length} of another shape: ${listed(misshapen)}`] : [])
  ]
  if (problems.length === 0) return
  const detail = `its weights are not those that ${configFile} describes (${problems.join("; ")})`
  throw new ModelFolderError({ file: folder, detail })
}

/** A head that repeats the tied embedding, and a table that old versions of Transformers stored, say nothing new. */
const isIgnored = (name: string, config: Qwen2Config): boolean =>
  (name === "lm_head.weight" && config.tiedEmbeddings) || name.endsWith(".rotary_emb.inv_freq")

const isDecisive = (name: string): boolean =>
  [configFile, generationConfigFile, ...tokenizerFiles, ...adapterFiles].includes(name) || isWeightsFile(name)

/**
 * The sha256 of what decides what a model or an adapter says: configuration, tokenizer and weights, but no README. It is that of
 * the lines which `sha256sum` prints for these files in the order of their names.
 */
export const modelDigest = async (folder: string): Promise<string> => {
  const names = onDisk(folder, () => readdirSync(folder))
    .filter(isDecisive)
    .sort()
  if (names.length === 0) throw new ModelFolderError({ file: folder, detail: "there is no model in it" })
  const digest = createHash("sha256")
  for (const name of names) {
    const file = createHash("sha256")
    await pipeline(createReadStream(join(folder, name), { highWaterMark: 1 << 20 }), file)
    digest.update(`${file.digest("hex")}  ${name}\n`)
  }
  return digest.digest("hex")
}
