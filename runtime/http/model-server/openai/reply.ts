import { Clock, Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import type { GenerationChunk } from "../../../models/onnx/generationEngine.ts"
import { type Completion, type Finished, generateAll, streamAll } from "../completion.ts"
import { respondWithEvents } from "../eventStream.ts"
import { replyId, type ServedModel } from "../servedModel.ts"
import type { ChoiceSequence, OpenAiRequest } from "./request.ts"

/** How one of the interfaces writes its replies. */
export interface ReplyFormat {
  readonly idPrefix: string
  readonly object: string
  /** `object` of the events of a streamed reply. */
  readonly chunkObject: string
  readonly choice: (sequence: ChoiceSequence, completion: Completion) => object
  /** Made once for each sequence: what a chunk adds to its choice, in as many events. */
  readonly deltas: (sequence: ChoiceSequence) => (chunk: GenerationChunk) => ReadonlyArray<object>
}

/** Generates what was asked for and answers with it, whole or event by event. */
export const replyWith = Effect.fnUntraced(function* (
  { engine, name }: ServedModel,
  request: OpenAiRequest,
  sequences: ReadonlyArray<ChoiceSequence>,
  format: ReplyFormat
) {
  const created = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const head = { id: replyId(format.idPrefix), created, model: name }

  if (request.stream !== true) {
    const told = yield* generateAll(engine, sequences, (sequence, completion) => ({
      choice: format.choice(sequence, completion),
      ended: { sequence, finished: completion.finished }
    }))
    return HttpServerResponse.jsonUnsafe({
      ...head,
      object: format.object,
      choices: told.map(({ choice }) => choice),
      usage: usageOf(told.map(({ ended }) => ended))
    })
  }

  const tellUsage = request.stream_options?.include_usage === true
  const event = (choices: ReadonlyArray<object>, usage: object | null) => ({
    ...head,
    object: format.chunkObject,
    choices,
    ...(tellUsage && { usage })
  })
  const ended: Array<Ended> = []
  const choices = streamAll(engine, sequences, (sequence) => {
    const deltas = format.deltas(sequence)
    return (chunk) => {
      if (chunk.kind === "finished") ended.push({ sequence, finished: chunk })
      return deltas(chunk).map((choice) => event([choice], null))
    }
  }).pipe(Stream.flattenIterable)
  const usage = Stream.suspend(() => (tellUsage ? Stream.succeed(event([], usageOf(ended))) : Stream.empty))
  return yield* respondWithEvents(Stream.concat(choices, usage))
})

interface Ended {
  readonly sequence: ChoiceSequence
  readonly finished: Finished
}

/** Tokens of a whole request; a prompt counts once, however many sequences were generated for it. */
const usageOf = (ended: ReadonlyArray<Ended>) => {
  const first = ended.filter(({ sequence }) => sequence.copy === 0)
  const prompt = first.reduce((sum, { finished }) => sum + finished.promptTokens, 0)
  const cached = first.reduce((sum, { finished }) => sum + finished.cachedTokens, 0)
  const completion = ended.reduce((sum, { finished }) => sum + finished.completionTokens, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached }
  }
}

/**
 * How a choice ended. `stop_reason` is vLLM's: the stop string or token that was asked for, null for the end of the text or
 * the length.
 */
export const ending = ({ job }: ChoiceSequence, { reason }: Finished) => {
  if (reason.type === "length") return { finish_reason: "length", stop_reason: null }
  const askedFor = typeof reason.matched === "string" || job.sampling.stopTokens.includes(reason.matched)
  return { finish_reason: "stop", stop_reason: askedFor ? reason.matched : null }
}
