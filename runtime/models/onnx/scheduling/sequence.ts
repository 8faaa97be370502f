import { type Random, seededRandom } from "../../random.ts"
import type { GenerationChunk, GenerationJob, TokenLogProb } from "../generationEngine.ts"

/** A job as the thread gets it: its seed is decided. */
export interface SeededJob extends GenerationJob {
  readonly seed: number
}

/** The tokens of a prompt with their log-probabilities. */
export type PromptLogProbs = NonNullable<Extract<GenerationChunk, { kind: "finished" }>["promptLogProbs"]>

/** Why a sequence ended, as far as its tokens tell: a token that ends texts, or their number. */
export type TokenEnd = { readonly type: "stop"; readonly matched: number } | { readonly type: "length" }

/** A sequence that is being generated. */
export interface Sequence {
  readonly id: number
  readonly job: SeededJob
  readonly random: Random
  /** The tokens that end it. */
  readonly ends: ReadonlySet<number>
  /** The prompt and what was generated so far. */
  readonly tokens: Array<number>
  readonly promptLogProbs: Array<PromptLogProbs[number]>
}

export const sequenceOf = (id: number, job: SeededJob, endOfText: ReadonlyArray<number>): Sequence => ({
  id,
  job,
  random: seededRandom(job.seed, "generation"),
  ends: new Set([...job.sampling.stopTokens, ...(job.sampling.ignoreEndOfText ? [] : endOfText)]),
  tokens: [...job.prompt],
  promptLogProbs: job.logProbs?.promptFrom === 0 ? [{ id: job.prompt[0] ?? 0, logProb: null, top: [] }] : []
})

/** Tokens of the longest form that it can take. */
export const longestForm = ({ job }: Sequence): number => job.prompt.length + job.sampling.maxNewTokens

/** Why it ends here; undefined while it goes on. */
export const endOf = ({ ends, job, tokens }: Sequence): TokenEnd | undefined => {
  const generated = tokens.length - job.prompt.length
  const last = tokens.at(-1)
  if (generated > 0 && last !== undefined && ends.has(last)) return { type: "stop", matched: last }
  return generated >= job.sampling.maxNewTokens ? { type: "length" } : undefined
}

/** How many tokens of the prompt may come from a cache: the last one, and those whose successors are to be told of, have to be computed. */
export const reusable = ({ job }: Sequence): number => {
  const from = job.logProbs?.promptFrom
  const last = job.prompt.length - 1
  return from === undefined ? last : Math.max(0, Math.min(last, from - 1))
}

/** What a step did for the sequences; each list in the order in which it happened. */
export interface Progress {
  /** Prompts that were read. */
  readonly started: Array<{
    readonly id: number
    readonly cachedTokens: number
    readonly promptLogProbs: PromptLogProbs
  }>
  readonly drawn: Array<{ readonly id: number; readonly token: TokenLogProb }>
  readonly ended: Array<{ readonly id: number; readonly end: TokenEnd }>
}
