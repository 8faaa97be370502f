import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import type { EngineError } from "../../models/onnx/generationEngine.ts"

/** Thrown when a request is not answered with what it asked for; told in the shape of OpenAI's errors. */
export class ApiError extends Schema.TaggedError<ApiError>()("ApiError", {
  /** HTTP status. */
  status: Schema.Int,
  type: Schema.Literals(["invalid_request_error", "authentication_error", "rate_limit_error", "server_error"]),
  /** Machine-readable reason, e.g. `model_not_found`. */
  code: Schema.NullOr(Schema.String),
  /** Path of the field that is wrong, e.g. `sampling_params.top_p`. */
  param: Schema.NullOr(Schema.String),
  detail: Schema.String,
  /** Seconds after which the same request may succeed. */
  retryAfter: Schema.optionalKey(Schema.Natural)
}) {
  override get message(): string {
    return this.detail
  }
}

/** The request itself is wrong. */
export const invalidRequest = (detail: string, param: string | null = null, code: string | null = null): ApiError =>
  new ApiError({ status: 400, type: "invalid_request_error", code, param, detail })

/** The request is right, and cannot be answered now. */
export const unavailable = (detail: string, code: string): ApiError =>
  new ApiError({ status: 503, type: "server_error", code, param: null, detail, retryAfter: 1 })

/** What to answer when something broke that no request is to blame for. */
export const internalError = (detail: string): ApiError =>
  new ApiError({ status: 500, type: "server_error", code: "internal_error", param: null, detail })

/** What a client is told of an engine that did not generate. */
export const fromEngineError = ({ detail, reason }: EngineError): ApiError => {
  switch (reason) {
    case "too-long":
      return invalidRequest(detail, null, "context_length_exceeded")
    case "bad-token":
      return invalidRequest(detail, null, "invalid_token_id")
    case "busy":
      return new ApiError({
        status: 429,
        type: "rate_limit_error",
        code: "queue_full",
        param: null,
        detail,
        retryAfter: 1
      })
    case "failed":
      return internalError(detail)
  }
}

/** The body of an error. */
export const errorBody = ({ code, detail, param, type }: ApiError) => ({
  error: { message: detail, type, param, code }
})

export const errorResponse = (error: ApiError): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(errorBody(error), {
    status: error.status,
    headers: error.retryAfter === undefined ? {} : { "retry-after": String(error.retryAfter) }
  })

/** Tells the log of what is the server's own fault. */
export const logged = (error: ApiError): Effect.Effect<void> =>
  error.status === 500 ? Effect.logError(error.detail) : Effect.void
