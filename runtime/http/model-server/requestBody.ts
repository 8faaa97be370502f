import { Effect, Result, Schema } from "effect"
import { type HttpServerError, HttpServerRequest } from "effect/http"
import { findingsOf } from "../../../config/issues.ts"
import { ApiError, invalidRequest } from "./apiError.ts"

/**
 * Reads the body of the current request as JSON of the given shape. What is wrong with it is told with the path of the field.
 *
 * A browser may send JSON as plain text to any address without asking; so the content type has to say what it is.
 */
export const readBody = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const contentType = request.headers["content-type"] ?? ""
    if (!/^application\/(.+\+)?json\b/i.test(contentType)) {
      return yield* new ApiError({
        status: 415,
        type: "invalid_request_error",
        code: "unsupported_media_type",
        param: null,
        detail: `expected content-type application/json, got ${contentType === "" ? "none" : contentType}`
      })
    }
    const text = yield* Effect.mapError(request.text, unreadable)
    const json = yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: (error) => invalidRequest(`the body is not JSON: ${error instanceof Error ? error.message : error}`)
    })
    return yield* Effect.fromResult(
      Result.mapError(decode(json, { reportInput: true }), ({ issue }) => wrongField(issue))
    )
  })
}

const unreadable = ({ reason }: HttpServerError.HttpServerError): ApiError =>
  reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
    ? new ApiError({
        status: 413,
        type: "invalid_request_error",
        code: "request_too_large",
        param: null,
        detail: "the body is larger than this server takes; send fewer or shorter prompts, or raise its --max-body"
      })
    : invalidRequest("the body ended before it was complete")

const wrongField = (issue: Schema.SchemaError["issue"]): ApiError => {
  const first = findingsOf(issue)[0]
  const path = first === undefined || first.at.length === 0 ? null : pathOf(first.at)
  return invalidRequest(first?.message ?? "the body has not the expected shape", path)
}

/** `messages[0].content` */
const pathOf = (path: ReadonlyArray<string | number>): string =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${key}`)).join("")
