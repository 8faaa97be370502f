import type { Finished, Progress } from "../completion.ts"
import type { NamedSequence } from "./generateRequest.ts"

/** Log-probability, id, and the token's text where it was asked for. */
type TokenLogProb = readonly [logProb: number | null, id: number, text: string | null]

interface Told {
  readonly id: number
  readonly logProb: number | null
  readonly top: ReadonlyArray<{ readonly id: number; readonly logProb: number }>
}

/**
 * A sequence as SGLang tells it, whole or as far as it was generated.
 *
 * @param seconds since the request came
 * @param textOf the text of a token, if texts were asked for
 */
export const generateReply = (
  { id, job }: NamedSequence,
  { finished, text, tokens }: Progress,
  seconds: number,
  textOf: ((token: number) => string) | undefined
) => {
  const tuple = ({ id: token, logProb }: Pick<Told, "id" | "logProb">): TokenLogProb => [
    logProb,
    token,
    textOf?.(token) ?? null
  ]
  const alternatives = (told: ReadonlyArray<Told>) =>
    told.map(({ logProb, top }) => (logProb === null ? null : top.map(tuple)))
  const prompt = finished?.promptLogProbs ?? []
  return {
    text,
    output_ids: tokens.map((token) => token.id),
    meta_info: {
      id,
      finish_reason: finished === undefined ? null : finishReason(finished),
      prompt_tokens: job.prompt.length,
      completion_tokens: finished?.completionTokens ?? tokens.length,
      cached_tokens: finished?.cachedTokens ?? 0,
      ...(finished !== undefined && { e2e_latency: seconds }),
      ...(job.logProbs !== undefined && {
        input_token_logprobs: prompt.map(tuple),
        output_token_logprobs: tokens.map(tuple),
        ...(job.logProbs.top > 0 && {
          input_top_logprobs: alternatives(prompt),
          output_top_logprobs: alternatives(tokens)
        })
      })
    }
  }
}

const finishReason = ({ completionTokens, reason }: Finished) =>
  reason.type === "stop" ? { type: "stop", matched: reason.matched } : { type: "length", length: completionTokens }
