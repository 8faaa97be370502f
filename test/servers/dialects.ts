import { Schema } from "effect"

/** A generation request, whichever interface it came through. */
export interface Prompt {
  /** The whole prompt as raw text; the chat interface's messages are written as ChatML first. */
  readonly text: string
  readonly stop: ReadonlyArray<string>
  readonly maxNewTokens: number
  readonly logProbs: boolean
}

/** What the server's function wrote, cut at a stop string or at the token limit. */
export interface Completion {
  /** Without the stop string. */
  readonly text: string
  /** One for each token, those of the stop string included. */
  readonly tokens: ReadonlyArray<Token>
  /** The stop string, `null` for the end of the text, or that the limit was reached. */
  readonly ended: { readonly by: "stop"; readonly matched: string | null } | { readonly by: "length" }
}

export interface Token {
  readonly text: string
  readonly id: number
  readonly logProb: number
}

/** One HTTP interface, seen from the server. */
export interface Dialect {
  readonly path: string
  /** Throws when the body is not a request of this interface. */
  readonly read: (body: string) => Prompt
  readonly write: (prompt: Prompt, completion: Completion) => unknown
  /** A reply without any text. */
  readonly empty: unknown
}

export const modelName = "test-model"
const endOfTextId = 2

const promptTokens = (prompt: Prompt): number => Math.ceil(prompt.text.length / 4)

const usage = (prompt: Prompt, { tokens }: Completion) => ({
  prompt_tokens: promptTokens(prompt),
  completion_tokens: tokens.length,
  total_tokens: promptTokens(prompt) + tokens.length
})

const readGenerate = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      text: Schema.String,
      sampling_params: Schema.Struct({
        max_new_tokens: Schema.Int,
        stop: Schema.optionalKey(Schema.Array(Schema.String))
      }),
      return_logprob: Schema.optionalKey(Schema.Boolean)
    })
  )
)

/** SGLang's native interface. */
export const sglang: Dialect = {
  path: "/generate",
  read: (body) => {
    const { return_logprob, sampling_params, text } = readGenerate(body)
    const { max_new_tokens: maxNewTokens, stop = [] } = sampling_params
    return { text, stop, maxNewTokens, logProbs: return_logprob === true }
  },
  write: (prompt, completion) => ({
    text: completion.text,
    meta_info: {
      finish_reason:
        completion.ended.by === "length"
          ? { type: "length", length: completion.tokens.length }
          : { type: "stop", matched: completion.ended.matched ?? endOfTextId },
      prompt_tokens: promptTokens(prompt),
      completion_tokens: completion.tokens.length,
      ...(prompt.logProbs && { output_token_logprobs: completion.tokens.map(({ id, logProb }) => [logProb, id, null]) })
    }
  }),
  empty: {}
}

const openAiFields = {
  model: Schema.String,
  max_tokens: Schema.Int,
  stop: Schema.optionalKey(Schema.Array(Schema.String))
}

/** How a choice ended, with vLLM's `stop_reason` if the server is to tell what matched. */
const openAiEnding = ({ ended }: Completion, tellsStop: boolean) => ({
  finish_reason: ended.by,
  ...(tellsStop && { stop_reason: ended.by === "stop" ? ended.matched : null })
})

const readCompletions = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      ...openAiFields,
      prompt: Schema.String,
      logprobs: Schema.optionalKey(Schema.Int)
    })
  )
)

/** The OpenAI-compatible interface for raw text. */
export const completions = (tellsStop: boolean): Dialect => ({
  path: "/v1/completions",
  read: (body) => {
    const { logprobs, max_tokens: maxNewTokens, prompt: text, stop = [] } = readCompletions(body)
    return { text, stop, maxNewTokens, logProbs: logprobs !== undefined }
  },
  write: (prompt, completion) => ({
    id: "cmpl-test",
    object: "text_completion",
    model: modelName,
    choices: [
      {
        index: 0,
        text: completion.text,
        ...openAiEnding(completion, tellsStop),
        logprobs: prompt.logProbs
          ? {
              tokens: completion.tokens.map(({ id }) => `token_id:${id}`),
              token_logprobs: completion.tokens.map(({ logProb }) => logProb)
            }
          : null
      }
    ],
    usage: usage(prompt, completion)
  }),
  empty: { model: modelName, choices: [] }
})

const readChat = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      ...openAiFields,
      messages: Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.String })),
      continue_final_message: Schema.optionalKey(Schema.Boolean),
      chat_template_kwargs: Schema.optionalKey(Schema.Struct({ enable_thinking: Schema.optionalKey(Schema.Boolean) })),
      logprobs: Schema.optionalKey(Schema.Boolean)
    })
  )
)

/** The OpenAI-compatible chat interface; its template is ChatML. */
export const chat = (tellsStop: boolean): Dialect => ({
  path: "/v1/chat/completions",
  read: (body) => {
    const request = readChat(body)
    const turns = request.messages.map(({ content, role }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("")
    const opening =
      request.chat_template_kwargs?.enable_thinking === false
        ? "<|im_start|>assistant\n<think>\n\n</think>\n\n"
        : "<|im_start|>assistant\n"
    const text = request.continue_final_message === true ? turns.slice(0, -"<|im_end|>\n".length) : turns + opening
    return { text, stop: request.stop ?? [], maxNewTokens: request.max_tokens, logProbs: request.logprobs === true }
  },
  write: (prompt, completion) => ({
    id: "chatcmpl-test",
    object: "chat.completion",
    model: modelName,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: completion.text },
        ...openAiEnding(completion, tellsStop),
        logprobs: prompt.logProbs
          ? { content: completion.tokens.map(({ logProb, text }) => ({ token: text, logprob: logProb })) }
          : null
      }
    ],
    usage: usage(prompt, completion)
  }),
  empty: { model: modelName, choices: [] }
})
