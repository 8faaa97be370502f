import { Effect } from "effect"
import type { GenerationEngine } from "../../models/onnx/generationEngine.ts"
import { type ApiError, invalidRequest } from "./apiError.ts"

/** A prompt as a client sends it. */
export type PromptInput = string | ReadonlyArray<number>

/** A text of at most this many characters for each position of the context is tokenized without looking at it before. */
const plausibleCharactersPerToken = 8
/** Characters that are tokenized at once while a long text is measured. */
const sliceLength = 16_384

/**
 * The tokens of a prompt.
 *
 * A text that is far too long is measured in slices, until it is certain that it does not fit: tokenizing megabytes whole
 * would keep everybody else waiting.
 *
 * @param param the field it came in, for errors
 */
export const tokensOf = Effect.fnUntraced(function* (
  { model, text }: Pick<GenerationEngine, "model" | "text">,
  prompt: PromptInput,
  param: string
): Effect.fn.Return<ReadonlyArray<number>, ApiError> {
  const limit = model.maxPositions
  if (typeof prompt === "string" && prompt.length > limit * plausibleCharactersPerToken) {
    let tokens = 0
    for (let at = 0; at < prompt.length; at += sliceLength) {
      tokens += text.encode(prompt.slice(at, at + sliceLength)).length
      if (tokens > limit * 1.1) return yield* tooLong(`more than ${limit}`, limit, param)
      yield* Effect.yieldNow
    }
  }
  const tokens = typeof prompt === "string" ? text.encode(prompt) : prompt
  if (tokens.length === 0) return yield* invalidRequest(`${param}: the prompt has no tokens`, param)
  if (tokens.length > limit) return yield* tooLong(`${tokens.length}`, limit, param)
  return tokens
})

const tooLong = (tokens: string, limit: number, param: string): ApiError =>
  invalidRequest(
    `the prompt has ${tokens} tokens, and this model's context holds ${limit}`,
    param,
    "context_length_exceeded"
  )

/** Sequences one request may ask for. */
const mostSequences = 4096

/** Refuses a request for more sequences than one may ask for. */
export const checkSequences = (count: number): Effect.Effect<void, ApiError> =>
  count > mostSequences
    ? Effect.fail(
        invalidRequest(
          `expected at most ${mostSequences} sequences (prompts times n) in one request, got ${count}`,
          "n"
        )
      )
    : Effect.void

/** The seed of one of several sequences for the same prompt: each draws other tokens, and the same ones every time. */
export const seedOf = (seed: number | null | undefined, copy: number): { readonly seed?: number } =>
  seed === null || seed === undefined ? {} : { seed: seed + copy }
