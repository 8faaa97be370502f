import { Result, Schema } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import type { ScoringRules } from "../../method/assess.ts"
import { parseCombination } from "../../method/combination.ts"

/** Returned when the `combine` setting is no expression over scorer names. */
export class InvalidCombination extends Schema.TaggedError<InvalidCombination>()("InvalidCombination", {
  combine: Schema.String,
  /** Offset of the first character that does not fit. */
  at: Schema.Natural,
  detail: Schema.String
}) {
  override get message(): string {
    return `combine ${JSON.stringify(this.combine)}, character ${this.at + 1}: ${this.detail}`
  }
}

/** The settings of a run, or of a replay, as the rules that assess its trajectories. */
export const scoringRules = (settings: ScoringSettings): Result.Result<ScoringRules, InvalidCombination> => {
  const parsed = parseCombination(settings.combine)
  if (!parsed.ok) {
    return Result.fail(new InvalidCombination({ combine: settings.combine, at: parsed.at, detail: parsed.message }))
  }
  return Result.succeed({
    combination: parsed.combination,
    novelty: settings.novelty,
    thresholds: settings.thresholds,
    f1Threshold: settings.f1.threshold,
    reward: settings.reward
  })
}
