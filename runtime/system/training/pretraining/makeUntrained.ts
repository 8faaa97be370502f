import { Effect, FileSystem } from "effect"
import type { PolicyFolder } from "../../../../events/training.ts"
import { ModelFolderError } from "../../../models/qwen2/folderError.ts"
import { initializeWeights } from "../../../models/qwen2/initialize.ts"
import { modelDigest } from "../../../models/qwen2/modelFolder.ts"
import { saveModel } from "../../../models/qwen2/saveModel.ts"
import { openTokenizer } from "../../../models/qwen2/tokenizer.ts"
import { saveTokenizer, trainTokenizer } from "../../../models/qwen2/trainTokenizer.ts"
import { shapeOf } from "./modelShape.ts"
import type { PretrainingPlan } from "./planPretraining.ts"
import { pretrainingFolder, writeRecord } from "./pretrainingFolder.ts"
import { protocolTags } from "./tokenizerTexts.ts"

/**
 * Makes the policy that a pretraining starts from: a tokenizer of the data's own words, and random weights. The folder appears
 * when it is complete. The same plan gives the same bytes on every machine.
 */
export const makeUntrained = Effect.fn("makeUntrained")(function* (plan: PretrainingPlan) {
  const { output, recipe } = plan
  yield* writeRecord(output, recipe)
  const folder = pretrainingFolder(output).untrained
  yield* Effect.scoped(write(plan, folder))
  const sha256 = yield* Effect.promise(() => modelDigest(folder))
  yield* writeRecord(output, { ...recipe, untrained: sha256 })
  return { folder, sha256 } satisfies PolicyFolder
})

const write = Effect.fnUntraced(function* ({ recipe: { seed, settings }, texts }: PretrainingPlan, folder: string) {
  const from = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
  yield* attempt(async () => {
    const { vocabularySize } = settings
    saveTokenizer(from, await trainTokenizer(texts, { vocabularySize, addedTokens: protocolTags }))
    const config = shapeOf(settings, (await openTokenizer(from)).vocabularySize)
    saveModel(folder, { config, weights: initializeWeights(config, seed), type: "float32", from })
  })
})

/** What the disk refuses is a failure, anything else a defect. */
const attempt = (run: () => Promise<void>): Effect.Effect<void, ModelFolderError> =>
  Effect.promise(run).pipe(
    Effect.catchDefect((cause) => (cause instanceof ModelFolderError ? Effect.fail(cause) : Effect.die(cause)))
  )
