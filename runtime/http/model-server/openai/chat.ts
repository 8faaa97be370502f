import { Effect, Schema } from "effect"
import type { GenerationEngine } from "../../../models/onnx/generationEngine.ts"
import { optional } from "../../../models/wire.ts"
import { invalidRequest } from "../apiError.ts"
import { TopLogProbs, unsupported } from "../fields.ts"
import { tokensOf } from "../prompt.ts"
import { readBody } from "../requestBody.ts"
import type { ServedModel } from "../servedModel.ts"
import { chatLogProbs, type ToldToken, tokenNames } from "./logProbs.ts"
import { Message, renderMessages } from "./messages.ts"
import { ending, type ReplyFormat, replyWith } from "./reply.ts"
import { checkModel, choiceSequences, requestFields } from "./request.ts"

const ChatRequest = Schema.Struct({
  ...requestFields,
  messages: Schema.Array(Message),
  max_completion_tokens: optional(Schema.Natural),
  logprobs: optional(Schema.Boolean),
  top_logprobs: optional(TopLogProbs),
  /** vLLM's and SGLang's: the last message is the assistant's and is written on. */
  continue_final_message: optional(Schema.Boolean),
  add_generation_prompt: optional(Schema.Boolean),
  audio: unsupported(),
  function_call: unsupported("none"),
  functions: unsupported([]),
  response_format: unsupported({ type: "text" }),
  tool_choice: unsupported("none"),
  tools: unsupported([])
})
type ChatRequest = typeof ChatRequest.Type

/** The OpenAI-compatible chat interface, `POST /v1/chat/completions`. Without a limit the model writes until its context is full. */
export const chat = Effect.fnUntraced(function* (served: ServedModel) {
  const { engine } = served
  const request = yield* readBody(ChatRequest)
  yield* checkModel(served, request.model)
  const going = request.continue_final_message === true
  if (going === (request.add_generation_prompt ?? !going)) {
    const detail = "add_generation_prompt: a turn is either begun or, with continue_final_message, gone on with"
    return yield* invalidRequest(detail, "add_generation_prompt")
  }
  if (typeof request.top_logprobs === "number" && request.logprobs !== true) {
    return yield* invalidRequest("top_logprobs: told only with logprobs: true", "top_logprobs")
  }
  const prompt = yield* tokensOf(engine, yield* renderMessages(engine.text, request.messages, going), "messages")
  const limit = request.max_completion_tokens ?? request.max_tokens ?? engine.model.maxPositions - prompt.length
  const logProbs = request.logprobs === true ? { top: request.top_logprobs ?? 0 } : undefined
  return yield* replyWith(
    served,
    request,
    choiceSequences([prompt], request, () => limit, logProbs),
    format(engine, request)
  )
})

const format = (engine: GenerationEngine, request: ChatRequest): ReplyFormat => {
  const name = tokenNames(engine, request.return_tokens_as_token_ids === true)
  const logProbsOf = (tokens: ReadonlyArray<ToldToken>) =>
    request.logprobs === true && tokens.length > 0 ? chatLogProbs(tokens, name) : null
  const idsOf = (tokens: ReadonlyArray<ToldToken>) =>
    request.return_token_ids === true ? { token_ids: tokens.map(({ id }) => id) } : {}

  return {
    idPrefix: "chatcmpl-",
    object: "chat.completion",
    chunkObject: "chat.completion.chunk",
    choice: (sequence, { finished, text, tokens }) => ({
      index: sequence.index,
      message: { role: "assistant", content: text, refusal: null },
      logprobs: logProbsOf(tokens),
      ...ending(sequence, finished),
      ...idsOf(tokens)
    }),
    deltas: (sequence) => {
      const { index } = sequence
      let opening: ReadonlyArray<object> = [
        { index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }
      ]
      return (chunk) => {
        const before = opening
        opening = []
        if (chunk.kind === "finished") {
          return [...before, { index, delta: {}, logprobs: null, ...ending(sequence, chunk) }]
        }
        const logprobs = logProbsOf(chunk.tokens)
        if (chunk.text === "" && logprobs === null && request.return_token_ids !== true) return before
        const delta = { content: chunk.text }
        return [...before, { index, delta, logprobs, finish_reason: null, ...idsOf(chunk.tokens) }]
      }
    }
  }
}
