import { Clock, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import type { GenerationChunk } from "../../../models/onnx/generationEngine.ts"
import { generateAll, type Progress, progressOf, streamAll } from "../completion.ts"
import { respondWithEvents } from "../eventStream.ts"
import { readBody } from "../requestBody.ts"
import type { ServedModel } from "../servedModel.ts"
import { generateReply } from "./generateReply.ts"
import { GenerateRequest, type NamedSequence, sequencesOf } from "./generateRequest.ts"

/**
 * SGLang's native interface, `POST /generate`. A streamed event tells a sequence from its beginning on, and which one it is
 * when there are several.
 */
export const generate = Effect.fnUntraced(function* ({ engine }: ServedModel) {
  const clock = yield* Clock.Clock
  const begun = clock.currentTimeMillisUnsafe()
  const request = yield* readBody(GenerateRequest)
  const { asList, sequences } = yield* sequencesOf(engine, request)
  const textOf = request.return_text_in_logprobs === true ? (token: number) => engine.text.decode([token]) : undefined
  const reply = (sequence: NamedSequence, progress: Progress) =>
    generateReply(sequence, progress, (clock.currentTimeMillisUnsafe() - begun) / 1000, textOf)

  if (request.stream !== true) {
    const replies = yield* generateAll(engine, sequences, reply)
    return HttpServerResponse.jsonUnsafe(asList ? replies : replies[0])
  }
  const telling = (sequence: NamedSequence) => {
    const chunks: Array<GenerationChunk> = []
    return (chunk: GenerationChunk) => {
      chunks.push(chunk)
      return { ...reply(sequence, progressOf(chunks)), ...(asList && { index: sequence.index }) }
    }
  }
  return yield* respondWithEvents(streamAll(engine, sequences, telling))
})
