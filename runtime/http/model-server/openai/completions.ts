import { Effect, Schema } from "effect"
import type { GenerationEngine } from "../../../models/onnx/generationEngine.ts"
import { optional } from "../../../models/wire.ts"
import { invalidRequest } from "../apiError.ts"
import { TokenIds, TopLogProbs, unsupported } from "../fields.ts"
import { checkSequences, type PromptInput, tokensOf } from "../prompt.ts"
import { readBody } from "../requestBody.ts"
import type { ServedModel } from "../servedModel.ts"
import { completionLogProbs, type ToldToken, tokenNames } from "./logProbs.ts"
import { ending, type ReplyFormat, replyWith } from "./reply.ts"
import { type ChoiceSequence, checkModel, choiceSequences, requestFields } from "./request.ts"

const CompletionsRequest = Schema.Struct({
  ...requestFields,
  prompt: Schema.Union([Schema.String, Schema.Array(Schema.String), TokenIds, Schema.Array(TokenIds)]),
  logprobs: optional(TopLogProbs),
  /** Begin the choice's text and log-probabilities with the prompt. */
  echo: optional(Schema.Boolean),
  best_of: unsupported(1),
  suffix: unsupported("")
})
type CompletionsRequest = typeof CompletionsRequest.Type

/** OpenAI's own default. */
const defaultMaxTokens = 16

/** The OpenAI-compatible interface for raw text, `POST /v1/completions`. */
export const completions = Effect.fnUntraced(function* (served: ServedModel) {
  const { engine } = served
  const request = yield* readBody(CompletionsRequest)
  yield* checkModel(served, request.model)
  const inputs = promptsOf(request.prompt)
  if (inputs.length === 0) return yield* invalidRequest("prompt: expected at least one prompt, got none", "prompt")
  yield* checkSequences(inputs.length * (request.n ?? 1))
  const echo = request.echo === true
  if (echo && request.stream === true && typeof request.logprobs === "number") {
    return yield* invalidRequest("echo: log-probabilities of the prompt can't be streamed", "echo")
  }
  const prompts = yield* Effect.forEach(inputs, (input) => tokensOf(engine, input, "prompt"))
  const logProbs =
    typeof request.logprobs === "number" ? { top: request.logprobs, ...(echo && { promptFrom: 0 }) } : undefined
  const sequences = choiceSequences(prompts, request, () => request.max_tokens ?? defaultMaxTokens, logProbs)
  return yield* replyWith(served, request, sequences, format(engine, request))
})

const promptsOf = (prompt: CompletionsRequest["prompt"]): ReadonlyArray<PromptInput> => {
  if (typeof prompt === "string") return [prompt]
  return prompt.length > 0 && prompt.every((item) => typeof item === "number")
    ? [prompt]
    : prompt.filter((item) => typeof item !== "number")
}

const format = (engine: GenerationEngine, request: CompletionsRequest): ReplyFormat => {
  const name = tokenNames(engine, request.return_tokens_as_token_ids === true)
  const echoed = ({ job }: ChoiceSequence): string => (request.echo === true ? engine.text.decode(job.prompt) : "")
  const logProbsOf = (tokens: ReadonlyArray<ToldToken>, offset: number) =>
    typeof request.logprobs === "number" && tokens.length > 0
      ? completionLogProbs(tokens, name, { offset, top: request.logprobs > 0 })
      : null
  const idsOf = (tokens: ReadonlyArray<ToldToken>) =>
    request.return_token_ids === true ? { token_ids: tokens.map(({ id }) => id) } : {}

  return {
    idPrefix: "cmpl-",
    object: "text_completion",
    chunkObject: "text_completion",
    choice: (sequence, { finished, text, tokens }) => ({
      index: sequence.index,
      text: echoed(sequence) + text,
      logprobs: logProbsOf([...(finished.promptLogProbs ?? []), ...tokens], 0),
      ...ending(sequence, finished),
      ...idsOf(tokens),
      ...(request.return_token_ids === true && { prompt_token_ids: sequence.job.prompt })
    }),
    deltas: (sequence) => {
      let before = echoed(sequence)
      let written = 0
      return (chunk) => {
        const tokens = chunk.kind === "tokens" ? chunk.tokens : []
        const text = before + (chunk.kind === "tokens" ? chunk.text : "")
        const logprobs = logProbsOf(tokens, written)
        if (chunk.kind === "tokens" && text === "" && logprobs === null && request.return_token_ids !== true) return []
        before = ""
        written += text.length
        const end = chunk.kind === "finished" ? ending(sequence, chunk) : { finish_reason: null }
        return [{ index: sequence.index, text, logprobs, ...end, ...idsOf(tokens) }]
      }
    }
  }
}
