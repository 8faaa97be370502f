import type { Progress, RolloutSettings, Round, Turn } from "../../events/shapes.ts"

/** UTF-16 code units that make a token where no server has counted: about what English text has in current vocabularies. */
const unitsPerToken = 4

/** The number of tokens a text is taken for, rounded up. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / unitsPerToken)

/**
 * The length of the assistant turn so far, results included, in tokens.
 *
 * The servers' counts decide for what lies between the first and the last counted turn: tokens of the last one's prompt and
 * of its text, less those of the first one's prompt. What no count covers is estimated: the text before the first counted
 * turn (the priming, or the prefix of a branch) and the text after the last (the newest results).
 */
export const responseTokens = ({ transcript, turns }: Progress): number => {
  const counted = turns.filter(isCounted)
  const first = counted[0]
  const last = counted.at(-1)
  if (first === undefined || last === undefined) return estimateTokens(transcript)
  const between = Math.max(0, last.promptTokens + last.completionTokens - first.promptTokens)
  return estimateTokens(transcript.slice(0, first.start)) + between + estimateTokens(transcript.slice(last.end))
}

type CountedTurn = Turn & { readonly promptTokens: number; readonly completionTokens: number }

const isCounted = (turn: Turn): turn is CountedTurn =>
  turn.promptTokens !== undefined && turn.completionTokens !== undefined

/**
 * Outputs that the assistant turn consists of so far, those of a prefix included: a branch gets as many turns in all as the
 * trajectory it branched from. Every output but the last one asked for a search, and several searches of one output all
 * stand before the first of their results.
 */
export const turnsTaken = (rounds: ReadonlyArray<Round>): number =>
  rounds.filter((round, i) => round.queryEnd > (rounds[i - 1]?.resultEnd ?? 0)).length

/** What the policy may still do: generate up to so many tokens, or nothing any more and why. */
export type Allowance =
  | { readonly kind: "tokens"; readonly maxNewTokens: number }
  | { readonly kind: "exhausted"; readonly limit: "max-turns" | "max-tokens" }

/** The limits of a rollout applied to its progress: turns first, then tokens of the whole assistant turn. */
export const allowance = (progress: Progress, settings: RolloutSettings): Allowance => {
  if (turnsTaken(progress.rounds) >= settings.maxTurns) return { kind: "exhausted", limit: "max-turns" }
  const left = settings.maxResponseTokens - responseTokens(progress)
  return left > 0
    ? { kind: "tokens", maxNewTokens: Math.min(settings.sampling.maxNewTokens, left) }
    : { kind: "exhausted", limit: "max-tokens" }
}
