import type { ScoringRules } from "./assess.ts"
import { parseCombination } from "./combination.ts"

/** Scoring rules as a configuration writes them and a log records them: the combination is text. */
export interface WrittenRules extends Omit<ScoringRules, "combination" | "f1Threshold"> {
  readonly combine: string
  readonly f1: { readonly threshold: number }
}

/** The rules, or what is wrong with the combination and at which offset. */
export type ReadRules =
  | { readonly ok: true; readonly rules: ScoringRules }
  | { readonly ok: false; readonly message: string; readonly at: number }

/** Reads written rules. */
export const readScoringRules = ({ combine, novelty, thresholds, f1, reward }: WrittenRules): ReadRules => {
  const parsed = parseCombination(combine)
  if (!parsed.ok) return parsed
  const { combination } = parsed
  return { ok: true, rules: { combination, novelty, thresholds, f1Threshold: f1.threshold, reward } }
}
