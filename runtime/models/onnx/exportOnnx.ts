import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { parameterCount } from "../qwen2/config.ts"
import { configFile } from "../qwen2/configFile.ts"
import { ModelFolderError, onDisk } from "../qwen2/folderError.ts"
import { generationConfigFile } from "../qwen2/generationConfig.ts"
import { amended, readText } from "../qwen2/jsonFile.ts"
import { openModel } from "../qwen2/modelFolder.ts"
import { replaceModelFolder, writeText } from "../qwen2/replaceModelFolder.ts"
import { tokenizerFiles } from "../qwen2/tokenizerFiles.ts"
import { exportGraph } from "./graph/exportGraph.ts"
import type { WeightPrecision } from "./graph/linear.ts"
import { withExternalParameters } from "./graph/parameters.ts"

export interface OnnxExport {
  /** Of the weights of linear layers; `float32` if not told. */
  readonly precision?: WeightPrecision
  /** Of keys and values; `float32` if not told. */
  readonly cacheType?: "float32" | "float16"
  /** Models of more parameters have them in a file of their own, `model.onnx_data`; 2^27, half a gigabyte. */
  readonly mostParametersInline?: number
}

/**
 * Writes the Qwen2 model of a folder in Hugging Face's layout as one that Transformers.js, ONNX Runtime and our own engine load:
 * `onnx/model.onnx` with a key-value cache, the configuration and the tokenizer. The folder appears when it is complete; an empty
 * one or an earlier model in its place gives way. Throws a `ModelFolderError`.
 */
export const exportOnnx = (from: string, to: string, options: OnnxExport = {}): void => {
  const { cacheType = "float32", mostParametersInline = 2 ** 27, precision = "float32" } = options
  if (resolve(from) === resolve(to)) {
    throw new ModelFolderError({ file: to, detail: "is the folder of the model itself; choose another" })
  }
  const { config, weight } = openModel(from)
  const isLarge = parameterCount(config) > mostParametersInline
  const graph = { config, weight, precision, cacheType }
  replaceModelFolder(to, configFile, (building) => {
    const folder = join(building, "onnx")
    onDisk(folder, () => mkdirSync(folder))
    const file = join(folder, "model.onnx")
    const bytes = isLarge
      ? withExternalParameters(`${file}_data`, (parameters) => exportGraph({ ...graph, parameters }))
      : exportGraph(graph).toModel()
    onDisk(file, () => writeFileSync(file, bytes, { flush: true }))
    for (const name of [generationConfigFile, ...tokenizerFiles]) {
      const source = join(from, name)
      if (existsSync(source)) onDisk(source, () => copyFileSync(source, join(building, name)))
    }
    // Transformers.js looks here for whether there is a second file.
    const hint = isLarge ? { "transformers.js_config": { use_external_data_format: true } } : {}
    writeText(join(building, configFile), amended(readText(join(from, configFile)), hint))
  })
}
