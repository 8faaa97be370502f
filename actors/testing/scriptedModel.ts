import { Effect, Layer } from "effect"
import { type Generation, type GenerationRequest, LanguageModel } from "../languageModel.ts"
import { generated } from "./play.ts"

/** A model that gives one reply after the other, and keeps what it was asked. Asked once too often, it dies. */
export const scriptedModel = (replies: ReadonlyArray<string | Generation>) => {
  const requests: Array<GenerationRequest> = []
  const layer = Layer.succeed(LanguageModel, {
    generate: (request) =>
      Effect.suspend(() => {
        const reply = replies[requests.push(request) - 1]
        if (reply === undefined) return Effect.die(`the model has only ${replies.length} replies`)
        return Effect.succeed(typeof reply === "string" ? generated(reply) : reply)
      })
  })
  return { layer, requests }
}
