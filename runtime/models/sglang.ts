import { Result, Schema } from "effect"
import type { SglangSettings } from "../../config/models.ts"
import { renderPrompt, templateOf } from "./chatTemplate.ts"
import { restoreStop } from "./stopString.ts"
import {
  complete,
  malformed,
  optional,
  readJson,
  refuseCutShort,
  toReply,
  type WireFailure,
  type WireProtocol
} from "./wire.ts"

const FinishReason = Schema.Union([
  /** `matched` is the stop string, or the id of the end-of-text token. */
  Schema.Struct({ type: Schema.Literal("stop"), matched: optional(Schema.Union([Schema.String, Schema.Finite])) }),
  Schema.Struct({ type: Schema.Literal("length") }),
  Schema.Struct({ type: Schema.Literal("abort"), message: optional(Schema.String) })
])

/** Log-probability, token id, and the token's text if it was asked for. */
const TokenLogProb = Schema.TupleWithRest(Schema.Tuple([Schema.NullOr(Schema.Finite), Schema.Int]), [Schema.Unknown])

const GenerateReply = Schema.Struct({
  text: Schema.String,
  output_ids: optional(Schema.Array(Schema.Int)),
  meta_info: Schema.Struct({
    finish_reason: FinishReason,
    prompt_tokens: optional(Schema.Natural),
    completion_tokens: optional(Schema.Natural),
    output_token_logprobs: optional(Schema.Array(TokenLogProb))
  })
})

const readReply = readJson(GenerateReply)

/**
 * SGLang's native interface, `POST /generate`. The server strips the stop string from `text` and tells it in
 * `meta_info.finish_reason.matched`. It does not name its model: the name in the settings stands in.
 */
export const sglangProtocol = (settings: SglangSettings): WireProtocol => ({
  path: "/generate",

  encode: (request) => {
    const template = templateOf(settings)
    const { maxNewTokens, seed, stop, temperature, topP } = request.sampling
    return {
      text: renderPrompt(request, { template, thinking: settings.thinking }),
      sampling_params: {
        temperature,
        top_p: topP,
        max_new_tokens: maxNewTokens,
        stop: [...stop, template.turnEnd],
        ...(seed !== undefined && { sampling_seed: seed })
      },
      ...(settings.logProbs && { return_logprob: true }),
      ...settings.extra
    }
  },

  decode: (body, request) =>
    Result.gen(function* () {
      const { meta_info: meta, output_ids: outputIds, text } = yield* readReply(body)
      const finish = meta.finish_reason
      if (finish.type === "abort") return yield* Result.fail(aborted(finish.message))
      const tokens = meta.output_token_logprobs
      const matched = finish.type === "stop" ? finish.matched : null
      return yield* refuseCutShort(
        settings.cutShort,
        request
      )(
        toReply({
          text: restoreStop({ text, prefix: request.assistant, stop: request.sampling.stop, matched }),
          finishReason: finish.type,
          model: settings.model,
          promptTokens: meta.prompt_tokens,
          completionTokens: meta.completion_tokens,
          tokenIds: tokens?.map(([, id]) => id) ?? outputIds,
          logProbs: complete(tokens?.map(([logProb]) => logProb))
        })
      )
    })
})

const aborted = (message: string | null | undefined): WireFailure =>
  malformed(`the server aborted the generation: ${message ?? "it gave no reason"}`)
