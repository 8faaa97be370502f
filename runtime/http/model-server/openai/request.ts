import { Effect, Schema } from "effect"
import type { GenerationJob, TokenSampling } from "../../../models/onnx/generationEngine.ts"
import { optional } from "../../../models/wire.ts"
import { ApiError } from "../apiError.ts"
import type { Sequence } from "../completion.ts"
import { Count, listOf, Stop, Temperature, TokenIds, TopK, TopP, unsupported } from "../fields.ts"
import { seedOf } from "../prompt.ts"
import type { ServedModel } from "../servedModel.ts"

/** What `/v1/completions` and `/v1/chat/completions` are both asked. Fields that OpenAI does not have are vLLM's. */
export const requestFields = {
  /** The only model there is, when left out. */
  model: optional(Schema.String),
  n: optional(Count),
  max_tokens: optional(Schema.Natural),
  temperature: optional(Temperature),
  top_p: optional(TopP),
  top_k: optional(TopK),
  seed: optional(Schema.Int),
  stop: optional(Stop),
  stop_token_ids: optional(TokenIds),
  ignore_eos: optional(Schema.Boolean),
  stream: optional(Schema.Boolean),
  stream_options: optional(Schema.Struct({ include_usage: optional(Schema.Boolean) })),
  /** Tell the ids of the tokens beside the text. */
  return_token_ids: optional(Schema.Boolean),
  /** Write tokens as `token_id:123` where their log-probabilities are told. */
  return_tokens_as_token_ids: optional(Schema.Boolean),
  frequency_penalty: unsupported(0),
  guided_json: unsupported(),
  guided_regex: unsupported(),
  include_stop_str_in_output: unsupported(false),
  logit_bias: unsupported({}),
  min_p: unsupported(0),
  min_tokens: unsupported(0),
  presence_penalty: unsupported(0),
  prompt_logprobs: unsupported(),
  repetition_penalty: unsupported(1),
  use_beam_search: unsupported(false)
}
const RequestFields = Schema.Struct(requestFields)
export type OpenAiRequest = typeof RequestFields.Type

/** One sequence that was asked for, and its place among the choices. */
export interface ChoiceSequence extends Sequence {
  readonly index: number
  /** Which of several sequences for the same prompt. */
  readonly copy: number
}

/** The sequences for prompts, `n` for each. */
export const choiceSequences = (
  prompts: ReadonlyArray<ReadonlyArray<number>>,
  request: OpenAiRequest,
  maxNewTokens: (prompt: ReadonlyArray<number>) => number,
  logProbs: GenerationJob["logProbs"]
): ReadonlyArray<ChoiceSequence> =>
  prompts.flatMap((prompt, place) => {
    const count = request.n ?? 1
    return Array.from({ length: count }, (_, copy) => ({
      index: place * count + copy,
      copy,
      job: {
        prompt,
        sampling: samplingOf(request, maxNewTokens(prompt), copy),
        ...(logProbs !== undefined && { logProbs })
      }
    }))
  })

const samplingOf = (request: OpenAiRequest, maxNewTokens: number, copy: number): TokenSampling => ({
  temperature: request.temperature ?? 1,
  topP: request.top_p ?? 1,
  topK: Math.max(0, request.top_k ?? 0),
  maxNewTokens,
  stop: listOf(request.stop),
  stopTokens: request.stop_token_ids ?? [],
  ignoreEndOfText: request.ignore_eos ?? false,
  ...seedOf(request.seed, copy)
})

/** Refuses a request for a model that is not here. */
export const checkModel = (
  { name }: Pick<ServedModel, "name">,
  model: string | null | undefined
): Effect.Effect<void, ApiError> =>
  model === null || model === undefined || model === name
    ? Effect.void
    : Effect.fail(
        new ApiError({
          status: 404,
          type: "invalid_request_error",
          code: "model_not_found",
          param: "model",
          detail: `no model ${JSON.stringify(model)}: this server has ${JSON.stringify(name)}`
        })
      )
