import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import type { Qwen2Config, Weights } from "../../qwen2/config.ts"
import { saveModel } from "../../qwen2/saveModel.ts"
import { tokenizerFolder } from "../../qwen2/testing/tokenizers.ts"
import { lively, smallConfig } from "./smallModel.ts"

/** The vocabulary of the tests' tokenizer fits into it. */
export const textConfig: Qwen2Config = smallConfig({ vocabularySize: 320 })

/** A folder with a model, its tokenizer and its token that ends texts. */
export const modelFolder = (
  weights: Weights = lively(textConfig),
  config: Qwen2Config = textConfig
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const from = yield* tokenizerFolder
    const folder = join(yield* temporaryFolder, "model")
    saveModel(folder, { config, weights, type: "float32", from, generation: { endOfText: [319] } })
    return folder
  })
