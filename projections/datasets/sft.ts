import { Schema } from "effect"
import { demonstrationFormats } from "../formats/demonstration.ts"
import type { AssessedTrajectory } from "../history/assessment.ts"
import type { History } from "../history/history.ts"
import { type AssessedQuestion, keyIn, lineageOf, placeOf } from "./assessed.ts"
import { type Decision, defineDataset } from "./dataset.ts"
import { overHistory } from "./overHistory.ts"
import { answerReasons, formatReasons, lowReasons, twoDecimals, unknownReasons } from "./reasons.ts"
import type { DemonstrationRow } from "./rows.ts"
import { datasetSettings } from "./settings.ts"
import { promptOf, targetOf } from "./target.ts"

export const sftSettings = datasetSettings(
  {
    /** Whether branches may be imitated too; the paper imitates only what the base policy sampled. */
    includeBranches: Schema.Boolean,
    /** Searches that a trajectory must have made. */
    minSearches: Schema.Natural,
    /** Whether every query must be of high quality; without it this is plain rejection sampling (paper, ablation). */
    highQualityOnly: Schema.Boolean
  },
  { includeBranches: false, minSearches: 0, highQualityOnly: true }
)
export type SftConfig = typeof sftSettings.schema.Type

/**
 * Stage 1, imitation (paper, section on the three-stage curriculum): trajectories with the right format and a correct
 * answer, every query of which is of high quality.
 */
export const sft = defineDataset<History, SftConfig, DemonstrationRow>({
  ...overHistory,
  name: "sft",
  version: 1,
  settings: sftSettings,
  formats: demonstrationFormats("sft"),
  defaultFormats: ["alpaca"],
  decide: (assessed, config) => {
    const judged = assessed.trajectories.map((candidate) => ({
      candidate,
      reasons: objections(assessed, candidate, config)
    }))
    return {
      rows: judged.filter(({ reasons }) => reasons.length === 0).map(({ candidate }) => rowOf(assessed, candidate)),
      decisions: () => judged.map(({ candidate, reasons }) => decisionOf(assessed, candidate, reasons))
    }
  }
})

const objections = (
  { rules }: AssessedQuestion,
  candidate: AssessedTrajectory,
  config: SftConfig
): ReadonlyArray<string> => {
  const { branch, rounds } = candidate.trajectory
  return [
    ...(branch.length > 0 && !config.includeBranches ? ["a branch, and includeBranches is false"] : []),
    ...formatReasons(candidate),
    ...answerReasons(candidate, rules),
    ...(rounds.length < config.minSearches ? [`${rounds.length} searches < ${config.minSearches}`] : []),
    ...(config.highQualityOnly ? [...lowReasons(candidate, rules), ...unknownReasons(candidate, rules)] : [])
  ]
}

const rowIdOf = ({ trajectory }: AssessedTrajectory): string => `sft-${trajectory.trajectoryId}`

const rowOf = (assessed: AssessedQuestion, candidate: AssessedTrajectory): DemonstrationRow => ({
  id: rowIdOf(candidate),
  place: placeOf(assessed),
  lineage: lineageOf(assessed, candidate),
  prompt: promptOf(candidate),
  target: targetOf(candidate.trajectory)
})

const decisionOf = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  objections: ReadonlyArray<string>
): Decision => {
  const included = objections.length === 0
  return {
    key: keyIn(assessed, candidate),
    included,
    rowIds: included ? [rowIdOf(candidate)] : [],
    reasons: included ? [praise(candidate)] : objections
  }
}

const praise = ({ answer, nCorrect, rounds }: AssessedTrajectory): string =>
  `format right, F1 ${twoDecimals(answer.f1)}, ${nCorrect} of ${rounds.length} queries of high quality`
