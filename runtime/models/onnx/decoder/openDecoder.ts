import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parameterCount, type Qwen2Config } from "../../qwen2/config.ts"
import { engineGraph } from "../graph/engineGraph.ts"
import type { WeightPrecision } from "../graph/linear.ts"
import { withExternalParameters } from "../graph/parameters.ts"
import type { ModelSource } from "../thread/messages.ts"
import type { Decoder } from "./decoder.ts"
import { engineDecoder } from "./engineDecoder.ts"
import { openForeignDecoder } from "./foreignDecoder.ts"
import { openSession } from "./session.ts"

/** How a model is to be run. */
export interface DecoderOptions {
  readonly precision: WeightPrecision
  readonly threads: number
}

/** Opens a model. Throws what is wrong with it. */
export const openDecoder = async (source: ModelSource, options: DecoderOptions): Promise<Decoder> => {
  switch (source.kind) {
    case "folder": {
      // What reads folders takes longer to load than all else here.
      const { openModel } = await import("../../qwen2/modelFolder.ts")
      const { config, weight } = openModel(source.folder)
      return openQwen2(config, weight, options)
    }
    case "memory": {
      const { config, weights } = source
      return openQwen2(config, (name) => weightOf(weights, name), options)
    }
    case "onnx":
      return openForeignDecoder(source.file, source.vocabularySize, options.threads)
  }
}

const weightOf = (weights: Readonly<Record<string, Float32Array>>, name: string): Float32Array => {
  const values = weights[name]
  if (values === undefined) throw new Error(`the weights lack ${name}`)
  return values
}

/** Models of more parameters go through a file: a graph's own may have 2 GB, and memory would be needed twice. */
const MOST_PARAMETERS_INLINE = 2 ** 27

const openQwen2 = async (
  config: Qwen2Config,
  weight: (name: string) => Float32Array,
  { precision, threads }: DecoderOptions
): Promise<Decoder> => {
  const options = { config, weight, precision }
  if (parameterCount(config) <= MOST_PARAMETERS_INLINE) {
    return engineDecoder(await openSession(engineGraph(options).toModel(), threads), config)
  }
  const folder = mkdtempSync(join(tmpdir(), "smartsearch-model-"))
  try {
    const file = join(folder, "model.onnx")
    writeFileSync(
      file,
      withExternalParameters(join(folder, "model.onnx_data"), (parameters) => engineGraph({ ...options, parameters }))
    )
    return engineDecoder(await openSession(file, threads), config)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
