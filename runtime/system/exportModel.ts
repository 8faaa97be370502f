import { mkdtempSync, rmSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { Effect, Result, Schema } from "effect"
import { digestFolder } from "../files/folderDigest.ts"
import { type FolderError, makeFolder } from "../files/folders.ts"
import { exportOnnx } from "../models/onnx/exportOnnx.ts"
import type { WeightPrecision } from "../models/onnx/graph/linear.ts"
import { AdapterMismatch, mergeParameter } from "../models/qwen2/adapter.ts"
import { readAdapter } from "../models/qwen2/adapterFolder.ts"
import { parameterCount } from "../models/qwen2/config.ts"
import { ModelFolderError } from "../models/qwen2/folderError.ts"
import { describeModel, openModel } from "../models/qwen2/modelFolder.ts"
import type { WeightType } from "../models/qwen2/safetensorsHeader.ts"
import { saveModel } from "../models/qwen2/saveModel.ts"

/** How a model is written: as Transformers, vLLM and SGLang load it, or as ONNX Runtime and Transformers.js do. */
export type ExportFormat =
  | { readonly kind: "safetensors"; readonly type: WeightType }
  | { readonly kind: "onnx"; readonly precision: WeightPrecision }

/** What is to be exported. */
export interface ModelExport {
  /** A model's folder. */
  readonly model: string
  /** A folder with a LoRA adapter that is merged into it. */
  readonly adapter?: string | undefined
  readonly out: string
  readonly format: ExportFormat
}

/** A model that was written. */
export interface ExportedModel {
  readonly folder: string
  /** Of its files. */
  readonly sha256: string
  readonly parameters: number
}

/** Thrown when a model can't be exported; nothing was written then. */
export class ExportRefused extends Schema.TaggedError<ExportRefused>()("ExportRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/**
 * Writes a model as a folder of its own, an adapter merged into its weights. Fails with `ExportRefused` when model or adapter can't be
 * read or don't fit, and when the result would take the place of either.
 */
export const exportModel = Effect.fn("exportModel")(function* (asked: ModelExport) {
  const { out, adapter, format } = asked
  const [model, folder] = [resolve(asked.model), resolve(out)]
  for (const source of adapter === undefined ? [asked.model] : [asked.model, adapter]) {
    if (isWithin(resolve(source), folder) || isWithin(folder, resolve(source))) {
      return yield* new ExportRefused({ detail: `${out}: it would be written over ${source}; choose another folder` })
    }
  }
  if (format.kind === "safetensors") yield* refusing(() => saveMerged(model, adapter, folder, format.type))
  else if (adapter === undefined) yield* refusing(() => exportOnnx(model, folder, format))
  else yield* throughMerged(model, adapter, folder, (merged) => exportOnnx(merged, folder, format))
  const { config } = yield* refusing(() => describeModel(folder))
  const { sha256 } = yield* Effect.promise(() => digestFolder(folder))
  const exported: ExportedModel = { folder, sha256, parameters: parameterCount(config) }
  return exported
})

/** Saves a model with what an adapter changes, one parameter after the other. */
const saveMerged = (model: string, adapter: string | undefined, folder: string, type: WeightType): void => {
  const { config, weight } = openModel(model)
  const merged = adapter === undefined ? undefined : readAdapter(resolve(adapter), config)
  const weights = (name: string) => (merged === undefined ? weight(name) : mergeParameter(name, weight(name), merged))
  saveModel(folder, { config, weights, type, from: model })
}

/** Exports a merged model that is gone afterwards. */
const throughMerged = (
  model: string,
  adapter: string,
  folder: string,
  write: (merged: string) => void
): Effect.Effect<void, ExportRefused | FolderError> =>
  Effect.gen(function* () {
    const parent = dirname(folder)
    yield* makeFolder(parent, 0o777)
    const temporary = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(parent, ".merged-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    yield* refusing(() => {
      saveMerged(model, adapter, temporary, "float32")
      write(temporary)
    })
  }).pipe(Effect.scoped)

const isWithin = (inner: string, outer: string): boolean => {
  const path = relative(outer, inner)
  return path === "" || !(path.startsWith("..") || resolve(path) === path)
}

/** What reading and writing models throws, as a refusal. */
const refusing = <A>(write: () => A): Effect.Effect<A, ExportRefused> =>
  Effect.suspend(() =>
    Result.match(Result.try(write), {
      onSuccess: Effect.succeed,
      onFailure: (cause) =>
        cause instanceof ModelFolderError || cause instanceof AdapterMismatch
          ? new ExportRefused({ detail: cause.message })
          : Effect.die(cause)
    })
  )
