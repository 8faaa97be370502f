import { Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { version } from "../../version.ts"
import { unavailable } from "./apiError.ts"
import type { ServedModel } from "./servedModel.ts"

const ok = Effect.succeed(HttpServerResponse.jsonUnsafe({ status: "ok" }))

/** `GET /health`: the server takes requests. */
export const health = (_: ServedModel) => ok

/** How long one token may take before the model counts as stuck. */
const patience = "20 seconds"

/** `GET /health_generate`: the model generates. One token is asked of it. */
export const healthGenerate = ({ engine }: ServedModel) => {
  const sampling = {
    temperature: 0,
    topP: 1,
    topK: 0,
    maxNewTokens: 1,
    stop: [],
    stopTokens: [],
    ignoreEndOfText: true
  }
  return Stream.runDrain(engine.generate({ prompt: [0], sampling })).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(unavailable(`the model generated no token within ${patience}`, "model_stuck"))
    }),
    Effect.andThen(ok)
  )
}

/** SGLang's `GET /get_model_info`. */
export const modelInfo = ({ engine, folder, name }: ServedModel) =>
  Effect.sync(() =>
    HttpServerResponse.jsonUnsafe({
      model_path: folder,
      tokenizer_path: folder,
      served_model_name: name,
      is_generation: true,
      max_context_length: engine.model.maxPositions,
      vocab_size: engine.model.vocabularySize
    })
  )

/** SGLang's `GET /get_server_info`. */
export const serverInfo = ({ engine, folder, name, since }: ServedModel) =>
  Effect.map(engine.stats, (stats) =>
    HttpServerResponse.jsonUnsafe({
      model_path: folder,
      served_model_name: name,
      context_length: engine.model.maxPositions,
      version,
      start_time: since,
      internal_states: [
        {
          running: stats.running,
          waiting: stats.waiting,
          cache_capacity_tokens: stats.cacheCapacity,
          cache_used_tokens: stats.cacheUsed
        }
      ]
    })
  )
