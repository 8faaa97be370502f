import type { RefinementSettings, ScoringSettings } from "../../events/shapes.ts"
import type { ScoringRules } from "../../method/assess.ts"
import { readScoringRules } from "../../method/scoringRules.ts"

/** How the trajectories of one run are assessed. */
export interface RunRules {
  readonly scoring: ScoringRules
  readonly refinement: RefinementSettings
}

/**
 * The rules that a run's recorded settings stand for; undefined when this release can't read how its scores combine. The
 * configuration refuses such a combination before a run starts.
 */
export const runRules = (scoring: ScoringSettings, refinement: RefinementSettings): RunRules | undefined => {
  const read = readScoringRules(scoring)
  return read.ok ? { scoring: read.rules, refinement } : undefined
}
