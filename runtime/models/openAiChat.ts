import { Result, Schema } from "effect"
import type { GenerationRequest } from "../../actors/languageModel.ts"
import type { ChatSettings } from "../../config/models.ts"
import { choiceFields, firstChoice, readChoice, replyFields, samplingFields } from "./openAi.ts"
import { complete, malformed, optional, readJson, type WireProtocol } from "./wire.ts"

const TokenLogProb = Schema.Struct({ token: Schema.String, logprob: Schema.NullOr(Schema.Finite) })

const ChatReply = Schema.Struct({
  ...replyFields,
  choices: Schema.Array(
    Schema.Struct({
      ...choiceFields,
      message: Schema.Struct({ content: optional(Schema.String) }),
      logprobs: optional(Schema.Struct({ content: optional(Schema.Array(TokenLogProb)) }))
    })
  )
})

const readReply = readJson(ChatReply)

/**
 * The OpenAI-compatible chat interface, `POST /v1/chat/completions`. An assistant turn that has begun goes along as the
 * last message, to be written on where the server can do that (`assistantPrefix`).
 */
export const chatProtocol = (settings: ChatSettings): WireProtocol => ({
  path: "/v1/chat/completions",

  encode: (request) => ({
    model: settings.model,
    messages: messages(request),
    ...samplingFields(request.sampling, request.sampling.stop),
    ...(request.assistant !== "" &&
      settings.assistantPrefix === "continue" && { continue_final_message: true, add_generation_prompt: false }),
    ...(settings.thinking === "off" && { chat_template_kwargs: { enable_thinking: false } }),
    ...(settings.logProbs && { logprobs: true }),
    ...settings.extra
  }),

  decode: (body, request) =>
    Result.gen(function* () {
      const reply = yield* readReply(body)
      const choice = yield* firstChoice(reply.choices)
      const text = choice.message.content
      if (typeof text !== "string") return yield* Result.fail(malformed("the reply's message has no content"))
      const tokens = choice.logprobs?.content
      return yield* readChoice(settings, request, {
        reply,
        choice,
        text,
        tokens: tokens?.map(({ token }) => token),
        logProbs: complete(tokens?.map(({ logprob }) => logprob))
      })
    })
})

const messages = ({ assistant, system, user }: GenerationRequest): ReadonlyArray<Schema.JsonObject> => [
  ...(system === "" ? [] : [{ role: "system", content: system }]),
  { role: "user", content: user },
  ...(assistant === "" ? [] : [{ role: "assistant", content: assistant }])
]
