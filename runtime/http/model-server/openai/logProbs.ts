import type { GenerationEngine } from "../../../models/onnx/generationEngine.ts"

/** A token whose log-probability is told; the first of a prompt has none. */
export interface ToldToken {
  readonly id: number
  readonly logProb: number | null
  readonly top: ReadonlyArray<{ readonly id: number; readonly logProb: number }>
}

/** How tokens are written. */
export type TokenName = (id: number) => string

/** Tokens as their text, or as `token_id:123` where two may have the same text. */
export const tokenNames = ({ text }: Pick<GenerationEngine, "text">, asIds: boolean): TokenName =>
  asIds ? (id) => `token_id:${id}` : (id) => text.decode([id])

/**
 * Log-probabilities as `/v1/completions` tells them, in lists side by side.
 *
 * @param offset characters of the choice's text before the first token
 * @param top whether alternatives were asked for
 */
export const completionLogProbs = (
  tokens: ReadonlyArray<ToldToken>,
  name: TokenName,
  { offset, top }: { readonly offset: number; readonly top: boolean }
) => {
  const texts = tokens.map(({ id }) => name(id))
  let at = offset
  return {
    tokens: texts,
    token_logprobs: tokens.map(({ logProb }) => logProb),
    top_logprobs: top ? tokens.map((token) => alternatives(token, name)) : null,
    text_offset: texts.map((text) => {
      const start = at
      at += text.length
      return start
    })
  }
}

/** The likeliest tokens by name, and with them the one that was taken. */
const alternatives = ({ id, logProb, top }: ToldToken, name: TokenName) =>
  logProb === null
    ? null
    : Object.fromEntries([...top.map((other) => [name(other.id), other.logProb] as const), [name(id), logProb]])

/** Log-probabilities as `/v1/chat/completions` tells them, token by token. */
export const chatLogProbs = (tokens: ReadonlyArray<ToldToken>, name: TokenName) => {
  const told = ({ id, logProb }: Pick<ToldToken, "id" | "logProb">) => {
    const token = name(id)
    return { token, logprob: logProb, bytes: bytesOf(token) }
  }
  return { content: tokens.map((token) => ({ ...told(token), top_logprobs: token.top.map(told) })), refusal: null }
}

const utf8 = new TextEncoder()

/** The bytes of a token's text; null for a token that is only a part of a character. */
const bytesOf = (text: string): ReadonlyArray<number> | null =>
  text.includes("\uFFFD") ? null : [...utf8.encode(text)]
