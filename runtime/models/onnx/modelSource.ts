import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { PositiveInt } from "../../../config/scalars.ts"
import { parameterCount, parameterShapes, type Qwen2Config } from "../qwen2/config.ts"
import { configFile } from "../qwen2/configFile.ts"
import { endOfTextOf } from "../qwen2/endOfText.ts"
import { ModelFolderError, onDisk } from "../qwen2/folderError.ts"
import { jsonReader, readText } from "../qwen2/jsonFile.ts"
import { describeModel } from "../qwen2/modelFolder.ts"
import { isWeightsFile } from "../qwen2/shards.ts"
import { optional } from "../wire.ts"
import type { WeightPrecision } from "./graph/linear.ts"
import type { ModelSource } from "./thread/messages.ts"

/** A model that can be loaded, and what is known of it before. */
export interface LocatedModel {
  readonly source: ModelSource
  readonly vocabularySize: number
  readonly maxPositions: number
  /** How many it has, where that is known. */
  readonly parameters?: number
  readonly endOfText: ReadonlyArray<number>
  /** Models with the same text are of the same shape. */
  readonly shape: string
}

/**
 * Finds the model of a folder: the weights of a Qwen2 model, or else a causal language model in ONNX as Hugging Face's
 * `onnx-community` publishes them. Throws a `ModelFolderError`.
 */
export const locateModel = (folder: string, precision: WeightPrecision): LocatedModel => {
  if (onDisk(folder, () => readdirSync(folder)).some(isWeightsFile)) {
    const { config, generation } = describeModel(folder)
    return describe({ kind: "folder", folder }, config, generation.endOfText)
  }
  const config = join(folder, configFile)
  const { max_position_embeddings, n_positions, vocab_size } = decodeConfig(config, readText(config))
  const maxPositions = max_position_embeddings ?? n_positions
  if (maxPositions == null) {
    throw new ModelFolderError({ file: config, detail: "has no max_position_embeddings; say how long texts may be" })
  }
  return {
    source: { kind: "onnx", file: onnxFile(folder, precision), vocabularySize: vocab_size },
    vocabularySize: vocab_size,
    maxPositions,
    endOfText: endOfTextOf(folder),
    shape: JSON.stringify([vocab_size, maxPositions])
  }
}

/** What is known of a Qwen2 model. */
export const describe = (source: ModelSource, config: Qwen2Config, endOfText: ReadonlyArray<number>): LocatedModel => ({
  source,
  vocabularySize: config.vocabularySize,
  maxPositions: config.maxPositions,
  parameters: parameterCount(config),
  endOfText,
  shape: JSON.stringify([config.heads, config.maxPositions, parameterShapes(config)])
})

const decodeConfig = jsonReader(
  Schema.Struct({
    vocab_size: PositiveInt,
    max_position_embeddings: optional(PositiveInt),
    n_positions: optional(PositiveInt)
  })
)

/** Names under which a model is published in several precisions, the preferred one first. */
const names: Readonly<Record<WeightPrecision, ReadonlyArray<string>>> = {
  float32: [
    "model",
    "model_fp16",
    "model_quantized",
    "model_int8",
    "model_uint8",
    "model_q8",
    "model_q4",
    "model_q4f16"
  ],
  int8: ["model_quantized", "model_int8", "model_q8", "model_uint8", "model", "model_fp16", "model_q4", "model_q4f16"]
}

const onnxFile = (folder: string, precision: WeightPrecision): string => {
  const candidates = names[precision].flatMap((name) => [
    join(folder, "onnx", `${name}.onnx`),
    join(folder, `${name}.onnx`)
  ])
  const found = candidates.find((file) => existsSync(file))
  if (found !== undefined) return found
  const detail = "there is no model in it: neither model.safetensors (or its shards) nor onnx/model.onnx"
  throw new ModelFolderError({ file: folder, detail })
}
