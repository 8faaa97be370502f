import { Result, Schema } from "effect"
import type { CompletionsSettings } from "../../config/models.ts"
import { renderPrompt, templateOf } from "./chatTemplate.ts"
import { choiceFields, firstChoice, readChoice, replyFields, samplingFields } from "./openAi.ts"
import { complete, optional, readJson, type WireProtocol } from "./wire.ts"

const LogProbs = Schema.Struct({
  tokens: optional(Schema.Array(Schema.String)),
  token_logprobs: optional(Schema.Array(Schema.NullOr(Schema.Finite)))
})

const CompletionsReply = Schema.Struct({
  ...replyFields,
  choices: Schema.Array(Schema.Struct({ ...choiceFields, text: Schema.String, logprobs: optional(LogProbs) }))
})

const readReply = readJson(CompletionsReply)

/**
 * The OpenAI-compatible interface for raw text, `POST /v1/completions`. Token ids come from servers that give them when
 * asked through `extra`: vLLM with `return_token_ids` or `return_tokens_as_token_ids`.
 */
export const completionsProtocol = (settings: CompletionsSettings): WireProtocol => ({
  path: "/v1/completions",

  encode: (request) => {
    const template = templateOf(settings)
    return {
      model: settings.model,
      prompt: renderPrompt(request, { template, thinking: settings.thinking }),
      ...samplingFields(request.sampling, [...request.sampling.stop, template.turnEnd]),
      ...(settings.logProbs && { logprobs: 1 }),
      ...settings.extra
    }
  },

  decode: (body, request) =>
    Result.gen(function* () {
      const reply = yield* readReply(body)
      const choice = yield* firstChoice(reply.choices)
      return yield* readChoice(settings, request, {
        reply,
        choice,
        text: choice.text,
        tokens: choice.logprobs?.tokens,
        logProbs: complete(choice.logprobs?.token_logprobs)
      })
    })
})
