import { Effect, Exit, Scope, Stream } from "effect"
import { openEngineFrom } from "../../runtime/models/onnx/engine.ts"
import type { EngineOptions } from "../../runtime/models/onnx/engineOptions.ts"
import type { ModelText } from "../../runtime/models/onnx/generationEngine.ts"
import type { Qwen2Config, Weights } from "../../runtime/models/qwen2/config.ts"
import type { Generate } from "./models.ts"

/** A token is a letter: what a tokenizer costs is not measured. */
const letters: ModelText = {
  encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0)),
  decode: (tokens) => tokens.map((token) => String.fromCharCode(97 + (token % 26))).join("")
}

/** Our engine with a model. */
export const startOurs = async (config: Qwen2Config, weights: Weights, options: EngineOptions) => {
  const scope = Effect.runSync(Scope.make())
  const model = { name: "bench", config, weights, text: letters, endOfText: [] }
  const engine = await Effect.runPromise(Scope.provide(openEngineFrom(model, options), scope))
  const generate: Generate = (prompts, { newTokens }) =>
    Effect.runPromise(
      Effect.forEach(
        prompts,
        (prompt) =>
          engine
            .generate({
              prompt,
              sampling: {
                temperature: 0,
                topP: 1,
                topK: 0,
                maxNewTokens: newTokens,
                stop: [],
                stopTokens: [],
                ignoreEndOfText: true
              }
            })
            .pipe(
              Stream.runCollect,
              Effect.map((chunks) =>
                chunks.flatMap((chunk) => (chunk.kind === "tokens" ? chunk.tokens.map(({ id }) => id) : []))
              )
            ),
        { concurrency: "unbounded" }
      )
    )
  return { generate, end: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}
