import type { GenerationChunk, GenerationJob, ModelText, TokenLogProb } from "./generationEngine.ts"
import type { PromptLogProbs, TokenEnd } from "./scheduling/sequence.ts"
import { incrementalDecoder } from "./text/incrementalDecoder.ts"
import { stopMatcher } from "./text/stopMatcher.ts"

/** Makes the chunks of one sequence out of what becomes of its tokens. */
export interface GenerationText {
  /** The prompt was read. */
  readonly start: (cachedTokens: number, promptLogProbs: PromptLogProbs) => void
  /** Chunks for the next token; when a stop string is complete, the last one of the sequence is among them. */
  readonly push: (token: TokenLogProb) => ReadonlyArray<GenerationChunk>
  /** Chunks for the end of the sequence, when no stop string has ended it. */
  readonly end: (end: TokenEnd) => ReadonlyArray<GenerationChunk>
}

/** @param endOfText tokens that end the text and are no part of it */
export const generationText = (
  { logProbs, prompt, sampling }: GenerationJob,
  decode: ModelText["decode"],
  endOfText: ReadonlyArray<number>
): GenerationText => {
  const ends = new Set([...sampling.stopTokens, ...(sampling.ignoreEndOfText ? [] : endOfText)])
  const decoder = incrementalDecoder(decode)
  const stops = stopMatcher(sampling.stop)
  let completionTokens = 0
  let cachedTokens = 0
  let told: PromptLogProbs = []

  const finished = (reason: Extract<GenerationChunk, { kind: "finished" }>["reason"]): GenerationChunk => ({
    kind: "finished",
    reason,
    promptTokens: prompt.length,
    cachedTokens,
    completionTokens,
    ...(logProbs?.promptFrom !== undefined && { promptLogProbs: told })
  })

  return {
    start: (cached, promptLogProbs) => {
      cachedTokens = cached
      told = promptLogProbs
    },
    push: (token) => {
      completionTokens++
      if (ends.has(token.id)) return [{ kind: "tokens", text: "", tokens: [token] }]
      const { matched, text } = stops.push(decoder.push(token.id))
      const chunk: GenerationChunk = { kind: "tokens", text, tokens: [token] }
      return matched === undefined ? [chunk] : [chunk, finished({ type: "stop", matched })]
    },
    end: (end) => {
      // A stop string can end with a character that was not sure to be complete.
      const { matched, text } = stops.push(decoder.flush())
      const rest = matched === undefined ? text + stops.flush() : text
      return [
        ...(rest === "" ? [] : [{ kind: "tokens", text: rest, tokens: [] } as const]),
        finished(matched === undefined ? end : { type: "stop", matched })
      ]
    }
  }
}
