import { Result, Schema } from "effect"
import type { Generation, GenerationError, GenerationRequest } from "../../actors/languageModel.ts"

/** Why a reply, or the lack of one, is no generation. */
export interface WireFailure {
  readonly reason: GenerationError["reason"]
  readonly detail: string
  readonly retryable: boolean
}

/** A generation as the reply tells it; the time it took is known to whoever sent the request. */
export type Reply = Omit<Generation, "latencyMs">

/** One HTTP interface of model servers, as two pure functions. */
export interface WireProtocol {
  readonly path: string
  readonly encode: (request: GenerationRequest) => Schema.JsonObject
  /** Reads the body of a 2xx reply to `request`. */
  readonly decode: (body: string, request: GenerationRequest) => Result.Result<Reply, WireFailure>
}

/** A reply that cannot be read; the same request may well get a good one. */
export const malformed = (detail: string): WireFailure => ({ reason: "malformed", detail, retryable: true })

/** A key that a server may leave out or send as null. */
export const optional = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** Reads a body as JSON of the given shape. */
export const readJson = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema))
  return (body: string): Result.Result<S["Type"], WireFailure> =>
    Result.mapError(decode(body), (error) => malformed(`${error.message}; the reply was ${excerpt(body)}`))
}

/** The beginning of a text on one line, quoted, for an error message. */
export const excerpt = (text: string): string => {
  const line = text.slice(0, 1000).replace(/\s+/g, " ").trim()
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line)
}

/** Refuses a reply that ended for length with fewer tokens than were asked for, if the settings say so. */
export const refuseCutShort =
  (cutShort: "retry" | "keep", request: GenerationRequest) =>
  (reply: Reply): Result.Result<Reply, WireFailure> => {
    const limit = request.sampling.maxNewTokens
    const tokens = reply.completionTokens
    if (cutShort === "keep" || reply.finishReason !== "length" || tokens === undefined || tokens >= limit) {
      return Result.succeed(reply)
    }
    return Result.fail(
      malformed(`the reply was cut off after ${tokens} of ${limit} tokens; if the context is full, set cutShort: keep`)
    )
  }

type Told<A> = A | null | undefined

/** Puts a reply together, leaving out what the server did not tell. */
export const toReply = (told: {
  readonly text: string
  readonly finishReason: Generation["finishReason"]
  readonly model: string
  readonly promptTokens: Told<number>
  readonly completionTokens: Told<number>
  readonly tokenIds: Told<ReadonlyArray<number>>
  readonly logProbs: Told<ReadonlyArray<number>>
}): Reply => ({
  text: told.text,
  finishReason: told.finishReason,
  model: told.model,
  ...(typeof told.promptTokens === "number" && { promptTokens: told.promptTokens }),
  ...(typeof told.completionTokens === "number" && { completionTokens: told.completionTokens }),
  ...(told.tokenIds && { tokenIds: told.tokenIds }),
  ...(told.logProbs && { logProbs: told.logProbs })
})

/** The list when every item is known; a list with holes is worth nothing to a trainer. */
export const complete = <A>(items: Told<ReadonlyArray<A | null>>): ReadonlyArray<A> | undefined =>
  items?.every((item) => item !== null) ? items : undefined
