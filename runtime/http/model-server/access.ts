import { createHash, timingSafeEqual } from "node:crypto"
import { Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { ApiError } from "./apiError.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Refuses a request without the server's bearer token; asks for nothing when the server has none. */
export const requireKey = (key: Redacted.Redacted | undefined) => {
  if (key === undefined) return Effect.void
  const expected = digest(Redacted.value(key))
  return Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1]
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return
    return yield* new ApiError({
      status: 401,
      type: "authentication_error",
      code: "invalid_api_key",
      param: null,
      detail: given === undefined ? "this server wants a bearer token" : "the bearer token is not this server's"
    })
  })
}
