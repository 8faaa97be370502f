import { existsSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect, Result } from "effect"
import type { PolicyFolder } from "../../../events/training.ts"
import { configFile } from "../../models/qwen2/configFile.ts"
import { ModelFolderError } from "../../models/qwen2/folderError.ts"
import { modelDigest, openModel } from "../../models/qwen2/modelFolder.ts"
import { refuse, type TrainingRefused } from "./trainingRefused.ts"

const tokenizerFile = "tokenizer.json"

/** A policy's folder with its digest. Its weights are looked at where this process is to train it: engines outside know more models. */
export const policyFolder = Effect.fn("policyFolder")(function* (place: string, trainedHere: boolean) {
  const folder = resolve(place)
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats === undefined) return yield* refuse(`${place}: no such folder`)
  if (!stats.isDirectory()) return yield* refuse(`${place}: expected a model's folder, found a file`)
  if (!existsSync(join(folder, configFile))) {
    return yield* refuse(`${place} is no model: there is no ${configFile} in it`)
  }
  if (trainedHere) {
    yield* opened(folder)
    if (!existsSync(join(folder, tokenizerFile))) {
      return yield* refuse(`${place}: there is no ${tokenizerFile} in it, which the local engine needs`)
    }
  }
  const sha256 = yield* Effect.promise(() => modelDigest(folder))
  return { folder, sha256 } satisfies PolicyFolder
})

/** Opens a model to see whether it is one. */
const opened = (folder: string): Effect.Effect<unknown, TrainingRefused> =>
  Effect.suspend(() =>
    Result.match(
      Result.try(() => openModel(folder)),
      {
        onSuccess: Effect.succeed,
        onFailure: (cause) => (cause instanceof ModelFolderError ? refuse(cause.message) : Effect.die(cause))
      }
    )
  )
