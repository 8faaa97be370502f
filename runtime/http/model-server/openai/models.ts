import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import type { ServedModel } from "../servedModel.ts"
import { checkModel } from "./request.ts"

const described = ({ engine, name, since }: ServedModel) => ({
  id: name,
  object: "model",
  created: since,
  owned_by: "smartsearch",
  /** vLLM's: tokens of prompt and answer together. */
  max_model_len: engine.model.maxPositions
})

/** `GET /v1/models`, and `/v1/models/{id}` for one of them, whose name may have slashes in it. */
export const models = Effect.fnUntraced(function* (served: ServedModel) {
  const { "*": name } = yield* HttpRouter.params
  if (name === undefined || name === "") {
    return HttpServerResponse.jsonUnsafe({ object: "list", data: [described(served)] })
  }
  yield* checkModel(served, name)
  return HttpServerResponse.jsonUnsafe(described(served))
})
