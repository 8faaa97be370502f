import { Effect, Schema } from "effect"
import type { GenerationEngine, GenerationJob } from "../../../models/onnx/generationEngine.ts"
import { optional } from "../../../models/wire.ts"
import { type ApiError, invalidRequest } from "../apiError.ts"
import type { Sequence } from "../completion.ts"
import { Count, listOf, Stop, Temperature, TokenIds, TopK, TopLogProbs, TopP, unsupported } from "../fields.ts"
import { checkSequences, type PromptInput, seedOf, tokensOf } from "../prompt.ts"
import { replyId } from "../servedModel.ts"

const SamplingParams = Schema.Struct({
  temperature: optional(Temperature),
  top_p: optional(TopP),
  top_k: optional(TopK),
  max_new_tokens: optional(Schema.Natural),
  stop: optional(Stop),
  stop_token_ids: optional(TokenIds),
  ignore_eos: optional(Schema.Boolean),
  n: optional(Count),
  sampling_seed: optional(Schema.Int),
  frequency_penalty: unsupported(0),
  json_schema: unsupported(),
  ebnf: unsupported(),
  min_new_tokens: unsupported(0),
  min_p: unsupported(0),
  no_stop_trim: unsupported(false),
  presence_penalty: unsupported(0),
  regex: unsupported(),
  repetition_penalty: unsupported(1),
  stop_regex: unsupported(),
  structural_tag: unsupported()
})
type SamplingParams = typeof SamplingParams.Type

/** One value for all prompts, or a list with one for each. */
const each = <S extends Schema.Constraint>(schema: S) => optional(Schema.Union([schema, Schema.Array(schema)]))

/** The body of SGLang's `POST /generate`. */
export const GenerateRequest = Schema.Struct({
  text: optional(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  input_ids: optional(Schema.Union([TokenIds, Schema.Array(TokenIds)])),
  sampling_params: each(SamplingParams),
  return_logprob: each(Schema.Boolean),
  /** First position of the prompt whose log-probability is told; −1 for none. */
  logprob_start_len: each(Schema.Int.check(Schema.isGreaterThanOrEqualTo(-1))),
  top_logprobs_num: each(TopLogProbs),
  return_text_in_logprobs: optional(Schema.Boolean),
  rid: each(Schema.String),
  stream: optional(Schema.Boolean),
  audio_data: unsupported(),
  image_data: unsupported(),
  input_embeds: unsupported(),
  lora_path: unsupported(),
  return_hidden_states: unsupported(false),
  token_ids_logprob: unsupported(),
  video_data: unsupported()
})
export type GenerateRequest = typeof GenerateRequest.Type

/** One sequence that was asked for. */
export interface NamedSequence extends Sequence {
  readonly id: string
  /** Its place among all sequences of the request. */
  readonly index: number
}

/** What a request asks for: its sequences, prompt by prompt, and whether their replies are wanted as a list. */
export const sequencesOf = Effect.fnUntraced(function* (
  engine: GenerationEngine,
  request: GenerateRequest
): Effect.fn.Return<{ readonly sequences: ReadonlyArray<NamedSequence>; readonly asList: boolean }, ApiError> {
  const { asList, prompts } = yield* promptsOf(request)
  const forEach = <A>(name: keyof GenerateRequest, value: A | ReadonlyArray<A> | null | undefined) =>
    onePerPrompt(value, prompts.length, name)
  const params = yield* forEach("sampling_params", request.sampling_params)
  const wanted = yield* forEach("return_logprob", request.return_logprob)
  const from = yield* forEach("logprob_start_len", request.logprob_start_len)
  const top = yield* forEach("top_logprobs_num", request.top_logprobs_num)
  const ids = yield* forEach("rid", request.rid)
  yield* checkSequences(params.reduce((sum, param) => sum + (param?.n ?? 1), 0))

  const sequences: Array<NamedSequence> = []
  for (const [index, input] of prompts.entries()) {
    const param = typeof input === "string" ? "text" : "input_ids"
    const prompt = yield* tokensOf(engine, input, param)
    const promptFrom = from[index] ?? -1
    if (promptFrom > prompt.length) {
      const detail = `logprob_start_len: expected at most the ${prompt.length} tokens of the prompt, got ${promptFrom}`
      return yield* invalidRequest(detail, "logprob_start_len")
    }
    const logProbs = { top: top[index] ?? 0, ...(promptFrom >= 0 && { promptFrom }) }
    const count = params[index]?.n ?? 1
    for (let copy = 0; copy < count; copy++) {
      const id = ids[index] ?? replyId("")
      sequences.push({
        id: count === 1 ? id : `${id}_${copy}`,
        index: sequences.length,
        job: { prompt, sampling: samplingOf(params[index] ?? {}, copy), ...(wanted[index] === true && { logProbs }) }
      })
    }
  }
  return { sequences, asList: asList || sequences.length > 1 }
})

/** SGLang's own defaults stand for what a request leaves out. */
const samplingOf = (params: SamplingParams, copy: number): GenerationJob["sampling"] => ({
  temperature: params.temperature ?? 1,
  topP: params.top_p ?? 1,
  topK: Math.max(0, params.top_k ?? -1),
  maxNewTokens: params.max_new_tokens ?? 128,
  stop: listOf(params.stop),
  stopTokens: params.stop_token_ids ?? [],
  ignoreEndOfText: params.ignore_eos ?? false,
  ...seedOf(params.sampling_seed, copy)
})

const promptsOf = ({
  input_ids: ids,
  text
}: GenerateRequest): Effect.Effect<
  { readonly prompts: ReadonlyArray<PromptInput>; readonly asList: boolean },
  ApiError
> => {
  const given = text ?? ids
  if (given === null || given === undefined || (text !== undefined && text !== null && ids)) {
    return Effect.fail(invalidRequest("expected either text or input_ids", "text"))
  }
  if (typeof given === "string") return Effect.succeed({ prompts: [given], asList: false })
  if (given.length === 0) {
    const param = text === given ? "text" : "input_ids"
    return Effect.fail(invalidRequest(`${param}: expected at least one prompt, got none`, param))
  }
  return Effect.succeed(
    given.every((item) => typeof item === "number")
      ? { prompts: [given], asList: false }
      : { prompts: given.filter((item) => typeof item !== "number"), asList: true }
  )
}

const isList = <A>(value: A | ReadonlyArray<A>): value is ReadonlyArray<A> => Array.isArray(value)

const onePerPrompt = <A>(
  value: A | ReadonlyArray<A> | null | undefined,
  prompts: number,
  param: string
): Effect.Effect<ReadonlyArray<A | undefined>, ApiError> => {
  if (value === null || value === undefined) return Effect.succeed(Array.from({ length: prompts }, () => undefined))
  if (!isList(value)) return Effect.succeed(Array.from({ length: prompts }, () => value))
  if (value.length === prompts) return Effect.succeed(value)
  return Effect.fail(
    invalidRequest(`${param}: expected one value for each of ${prompts} prompts, got ${value.length}`, param)
  )
}
