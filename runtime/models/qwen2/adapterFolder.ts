import { join } from "node:path"
import { Schema } from "effect"
import { Positive, PositiveInt } from "../../../config/scalars.ts"
import { type Adapter, adapterShapes, type LoraConfig, misfit } from "./adapter.ts"
import { linearNames, type Qwen2Config } from "./config.ts"
import { ModelFolderError } from "./folderError.ts"
import { float, jsonReader, readText } from "./jsonFile.ts"
import { replaceModelFolder, writeText } from "./replaceModelFolder.ts"
import { openSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors.ts"
import type { WeightType } from "./safetensorsHeader.ts"

const [settingsFile, valuesFile] = ["adapter_config.json", "adapter_model.safetensors"] as const

/** The files of a folder with an adapter, as PEFT names them. */
export const adapterFiles: ReadonlyArray<string> = [settingsFile, valuesFile]

/** What an adapter's folder says of it. */
export interface StoredAdapter extends Adapter {
  /** Name or folder of the model it was trained on; empty where none is told. */
  readonly base: string
}

const decode = jsonReader(
  Schema.StructWithRest(
    Schema.Struct({
      peft_type: Schema.String,
      r: PositiveInt,
      lora_alpha: Positive,
      target_modules: Schema.Union([Schema.String, Schema.Array(Schema.String)]),
      base_model_name_or_path: Schema.optionalKey(Schema.NullOr(Schema.String))
    }),
    [Schema.Record(Schema.String, Schema.Unknown)]
  )
)

/** Keys of PEFT's `LoraConfig` that make another adapter of it, unless they are absent, false, null, empty or as here. */
const variants: Readonly<Record<string, string>> = {
  use_rslora: "",
  use_dora: "",
  use_qalora: "",
  fan_in_fan_out: "",
  lora_bias: "",
  bias: "none",
  modules_to_save: "",
  rank_pattern: "",
  alpha_pattern: "",
  layers_to_transform: "",
  layer_replication: "",
  exclude_modules: "",
  target_parameters: "",
  trainable_token_indices: ""
}

/** Ways to begin that change the model as well, so that the adapter does not fit it as it is. */
const changesModel = /^(pissa|olora|corda|loftq|lora_ga)/

/**
 * Reads a LoRA adapter for a model from a folder in PEFT's layout. Throws a `ModelFolderError` when it is of another kind, or not
 * for this model.
 */
export const readAdapter = (folder: string, config: Qwen2Config): StoredAdapter => {
  const file = join(folder, settingsFile)
  const settings = decode(file, readText(file))
  const problem = unsupported(settings)
  if (problem !== undefined) throw new ModelFolderError({ file, detail: problem })
  const lora = { rank: settings.r, alpha: settings.lora_alpha, targets: targetsOf(file, settings.target_modules) }
  const values = openSafetensors(join(folder, valuesFile))
  const weights = Object.fromEntries([...values.tensors.keys()].map((name) => [name, values.read(name)]))
  const adapter = { lora, weights, base: settings.base_model_name_or_path ?? "" }
  const detail = misfit(config, adapter) ?? transposed(values, adapterShapes(config, lora))
  if (detail !== undefined) throw new ModelFolderError({ file: values.file, detail })
  return adapter
}

/** What is stored in another shape with as many numbers. */
const transposed = (
  { tensors }: SafetensorsFile,
  shapes: Readonly<Record<string, ReadonlyArray<number>>>
): string | undefined => {
  const found = Object.entries(shapes).find(([name, shape]) => String(tensors.get(name)?.shape) !== String(shape))
  return found && `${found[0]} is [${tensors.get(found[0])?.shape}], but the model needs [${found[1]}]`
}

const unsupported = (settings: Readonly<Record<string, unknown>>): string | undefined => {
  if (settings.peft_type !== "LORA") return `peft_type is "${settings.peft_type}"; only "LORA" is implemented`
  const variant = Object.entries(variants).find(([key, usual]) => !isUsual(settings[key], usual))
  if (variant !== undefined) return `${variant[0]} is ${JSON.stringify(settings[variant[0]])}, which is not supported`
  const { init_lora_weights: beginning } = settings
  return typeof beginning === "string" && changesModel.test(beginning)
    ? `init_lora_weights is "${beginning}", which changes the model as well; save the adapter converted to plain LoRA`
    : undefined
}

const isUsual = (value: unknown, usual: string): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === usual ||
  (typeof value === "object" && Object.keys(value).length === 0)

/** PEFT's name for all linear layers but the head. */
const allLinear = "all-linear"

const targetsOf = (file: string, modules: string | ReadonlyArray<string>): LoraConfig["targets"] => {
  if (modules === allLinear) return linearNames
  const names = typeof modules === "string" ? [modules] : modules
  const unknown = names.find((name) => !linearNames.some((linear) => linear === name))
  if (unknown === undefined) return linearNames.filter((linear) => names.includes(linear))
  const detail = `target_modules has "${unknown}"; choose from ${linearNames.join(", ")} or "${allLinear}"`
  throw new ModelFolderError({ file, detail })
}

/** An adapter with what its folder says beside its values. */
export interface AdapterToSave {
  /** Of the model it is for. */
  readonly config: Qwen2Config
  readonly adapter: Adapter
  /** Name or folder of that model. */
  readonly base: string
  /** Of the numbers on the disk. */
  readonly type: WeightType
}

/**
 * Writes a LoRA adapter into a folder that PEFT, vLLM and SGLang load. The folder appears when it is complete; an empty one or an
 * earlier adapter in its place gives way. The same adapter gives the same bytes. Throws a `ModelFolderError`.
 */
export const saveAdapter = (folder: string, { config, adapter, base, type }: AdapterToSave): void => {
  const { lora, weights } = adapter
  const detail = misfit(config, adapter)
  if (detail !== undefined) throw new ModelFolderError({ file: folder, detail })
  const tensors = Object.entries(adapterShapes(config, lora)).map(([name, shape]) => {
    return { name, shape, values: () => weights[name] ?? new Float32Array(0) }
  })
  replaceModelFolder(folder, settingsFile, (building) => {
    writeSafetensors(join(building, valuesFile), tensors, type)
    writeText(join(building, settingsFile), `${JSON.stringify(settingsOf(lora, base), null, 2)}\n`)
  })
}

const settingsOf = ({ rank, alpha, targets }: LoraConfig, base: string): Readonly<Record<string, unknown>> => ({
  alpha_pattern: {},
  auto_mapping: null,
  base_model_name_or_path: base,
  bias: "none",
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  layers_pattern: null,
  layers_to_transform: null,
  lora_alpha: alpha,
  lora_dropout: float(0),
  modules_to_save: null,
  peft_type: "LORA",
  r: rank,
  rank_pattern: {},
  revision: null,
  target_modules: targets,
  task_type: "CAUSAL_LM",
  use_dora: false,
  use_rslora: false
})
