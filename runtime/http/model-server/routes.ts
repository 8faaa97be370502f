import { Effect, Semaphore } from "effect"
import { HttpRouter, type HttpServerRequest, type HttpServerResponse } from "effect/http"
import type { EngineError } from "../../models/onnx/generationEngine.ts"
import { type ApiError, errorResponse, fromEngineError, internalError, logged } from "./apiError.ts"
import { health, healthGenerate, modelInfo, serverInfo } from "./health.ts"
import { metrics } from "./metrics.ts"
import { chat } from "./openai/chat.ts"
import { completions } from "./openai/completions.ts"
import { models } from "./openai/models.ts"
import type { ServedModel } from "./servedModel.ts"
import { generate } from "./sglang/generate.ts"
import { makeUpdateWeights } from "./updateWeights.ts"

/** What answers a request; what it fails with is told in the shape of OpenAI's errors. */
type Answer<R> = Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError | EngineError, R>

/** The routes of the server. `guard` runs before each of them, except for the health of the server, which needs no key. */
export const routesOf = (
  served: ServedModel,
  { admit, guard }: { readonly admit: Effect.Effect<void, ApiError>; readonly guard: Guard }
) => {
  const updating = Semaphore.makeUnsafe(1)
  const updateWeights = makeUpdateWeights(updating.withPermits(1))
  const route = <R>(method: "GET" | "POST", path: HttpRouter.PathInput, answer: Answer<R>, key: Guard = guard) =>
    HttpRouter.route(method, path, toResponse(admit.pipe(Effect.andThen(key), Effect.andThen(answer))))
  return [
    route("GET", "/health", health(served), Effect.void),
    route("GET", "/health_generate", healthGenerate(served)),
    route("GET", "/metrics", metrics(served)),
    route("GET", "/get_model_info", modelInfo(served)),
    route("GET", "/get_server_info", serverInfo(served)),
    route("GET", "/v1/models/*", models(served)),
    route("POST", "/generate", generate(served)),
    route("POST", "/v1/completions", completions(served)),
    route("POST", "/v1/chat/completions", chat(served)),
    route("POST", "/update_weights", updateWeights(served)),
    route("POST", "/update_weights_from_disk", updateWeights(served))
  ] as const
}

type Guard = Effect.Effect<void, ApiError, HttpServerRequest.HttpServerRequest>

/** Answers with what became of it, whatever that is. */
export const toResponse = <R>(answer: Answer<R>) =>
  answer.pipe(
    Effect.catchTag("EngineError", (error) => Effect.fail(fromEngineError(error))),
    Effect.catch((error) => Effect.as(logged(error), errorResponse(error))),
    Effect.catchDefect((defect) =>
      Effect.as(
        Effect.logError(defect instanceof Error ? (defect.stack ?? defect.message) : String(defect)),
        errorResponse(internalError("the server failed at this request; its log says why"))
      )
    )
  )
