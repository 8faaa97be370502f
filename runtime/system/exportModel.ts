import { relative, resolve } from "node:path"
import { Effect, Result, Schema } from "effect"
import { AdapterMismatch, mergeParameter } from "../models/qwen2/adapter.ts"
import { readAdapter } from "../models/qwen2/adapterFolder.ts"
import { parameterCount } from "../models/qwen2/config.ts"
import { ModelFolderError } from "../models/qwen2/folderError.ts"
import { modelDigest, openModel } from "../models/qwen2/modelFolder.ts"
import type { WeightType } from "../models/qwen2/safetensorsHeader.ts"
import { saveModel } from "../models/qwen2/saveModel.ts"

/** What is to be exported. */
export interface ModelExport {
  /** A model's folder. */
  readonly model: string
  /** A folder with a LoRA adapter that is merged into it. */
  readonly adapter?: string | undefined
  readonly out: string
  /** Of the numbers on the disk. */
  readonly type: WeightType
}

/** A model that was written. */
export interface ExportedModel {
  readonly folder: string
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
 * Writes a model as a folder of its own, an adapter merged into its weights, one parameter after the other. Fails with
 * `ExportRefused` when model or adapter can't be read or don't fit, and when the result would take the place of either.
 */
export const exportModel = Effect.fn("exportModel")(function* ({ model, adapter, out, type }: ModelExport) {
  const folder = resolve(out)
  for (const source of adapter === undefined ? [model] : [model, adapter]) {
    if (isWithin(resolve(source), folder) || isWithin(folder, resolve(source))) {
      return yield* new ExportRefused({ detail: `${out}: it would be written over ${source}; choose another folder` })
    }
  }
  const parameters = yield* refusing(() => {
    const { config, weight } = openModel(resolve(model))
    const merged = adapter === undefined ? undefined : readAdapter(resolve(adapter), config)
    const weights = (name: string) => (merged === undefined ? weight(name) : mergeParameter(name, weight(name), merged))
    saveModel(folder, { config, weights, type, from: resolve(model) })
    return parameterCount(config)
  })
  const exported: ExportedModel = { folder, sha256: yield* Effect.promise(() => modelDigest(folder)), parameters }
  return exported
})

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
