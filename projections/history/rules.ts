import { Result, Schema } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import { paperRules, type ScoringRules } from "../../method/assess.ts"
import { readScoringRules } from "../../method/scoringRules.ts"
import type { History } from "./history.ts"

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
  const read = readScoringRules(settings)
  return read.ok
    ? Result.succeed(read.rules)
    : Result.fail(new InvalidCombination({ combine: settings.combine, at: read.at, detail: read.message }))
}

/** A run's own rules; the paper's where the log does not tell them, or not so that this release can read them. */
export const rulesOfRun = (history: History, runId: string): ScoringRules => {
  const run = history.runs.get(runId)
  return run === undefined ? paperRules : Result.getOrElse(scoringRules(run.started.scoring), () => paperRules)
}
