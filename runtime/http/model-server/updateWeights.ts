import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { type ApiError, errorBody, invalidRequest } from "./apiError.ts"
import { readBody } from "./requestBody.ts"
import type { ServedModel } from "./servedModel.ts"

const UpdateRequest = Schema.Struct({
  /** A checkpoint folder; relative to where the server was started. */
  model_path: Schema.NonEmptyString
})

/**
 * `POST /update_weights`, and SGLang's `/update_weights_from_disk`: goes on with the weights of another folder of the same
 * shape. One update is made at a time; a folder that doesn't fit changes nothing.
 */
export const makeUpdateWeights = (oneAtATime: <A, E, R>(update: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
  Effect.fnUntraced(function* ({ engine }: ServedModel) {
    const request = yield* readBody(UpdateRequest)
    const folder = resolve(request.model_path)
    return yield* checkFolder(folder).pipe(
      Effect.andThen(engine.updateWeights(folder)),
      Effect.catchTag("EngineError", ({ detail }) => Effect.fail(invalidRequest(detail, "model_path"))),
      oneAtATime,
      Effect.match({
        onSuccess: () =>
          HttpServerResponse.jsonUnsafe({ success: true, message: `the weights are those of ${folder}` }),
        onFailure: refused
      })
    )
  })

/** SGLang's clients read `success` and `message`, OpenAI's `error`. */
const refused = (error: ApiError) =>
  HttpServerResponse.jsonUnsafe(
    { success: false, message: error.detail, ...errorBody(error) },
    { status: error.status }
  )

/** What can be said of a folder without reading the model. */
const checkFolder = (folder: string): Effect.Effect<void, ApiError> =>
  Effect.tryPromise({
    try: async () => {
      if (!(await stat(folder)).isDirectory()) throw new Error("it is a file")
      await access(join(folder, "config.json"), constants.R_OK)
    },
    catch: (error) =>
      invalidRequest(
        `${folder}: expected a readable model folder with a config.json: ${error instanceof Error ? error.message : error}`,
        "model_path"
      )
  })
