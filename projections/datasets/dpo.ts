import { Schema } from "effect"
import { type Candidate, type PreferencePair, pairPaper, pairReference, pairSamples } from "../../method/pairing.ts"
import { preferenceFormats } from "../formats/preference.ts"
import type { AssessedTrajectory } from "../history/assessment.ts"
import type { History } from "../history/history.ts"
import { type AssessedQuestion, keyIn, lineageOf, placeOf } from "./assessed.ts"
import { type Decision, defineDataset, joinLineages } from "./dataset.ts"
import { overHistory } from "./overHistory.ts"
import { twoDecimals, unknownReasons } from "./reasons.ts"
import type { PreferenceRow } from "./rows.ts"
import { datasetSettings } from "./settings.ts"
import { promptOf, targetOf } from "./target.ts"

export const dpoSettings = datasetSettings(
  {
    /**
     * `reference`: pairs whose outcomes differ, as the method's public code makes them; `paper`: the full order; `samples`: the
     * full order over the initial trajectories alone.
     */
    pairing: Schema.Literals(["reference", "paper", "samples"])
  },
  { pairing: "reference" }
)
export type DpoConfig = typeof dpoSettings.schema.Type

/**
 * Stage 2, alignment (paper, section on the three-stage curriculum): preferences between the initial trajectories of a
 * question and the branches that grew from their low-quality queries. A trajectory with a query of unknown quality
 * takes no part.
 */
export const dpo = defineDataset<History, DpoConfig, PreferenceRow>({
  ...overHistory,
  name: "dpo",
  version: 1,
  settings: dpoSettings,
  formats: preferenceFormats("dpo"),
  defaultFormats: ["alpaca"],
  decide: (assessed, config) => {
    const candidates = assessed.trajectories.filter(({ complete }) => complete)
    const pair = { reference: pairReference, paper: pairPaper, samples: pairSamples }[config.pairing]
    const pairs = pair(candidates.map(candidateOf))
    const byId = new Map(candidates.map((candidate) => [candidate.trajectory.trajectoryId, candidate]))
    return {
      rows: pairs.flatMap((made) => {
        const chosen = byId.get(made.chosen)
        const rejected = byId.get(made.rejected)
        return chosen === undefined || rejected === undefined ? [] : [rowOf(assessed, made, chosen, rejected)]
      }),
      decisions: () => assessed.trajectories.map((candidate) => decisionOf(assessed, candidate, pairs, config))
    }
  }
})

const candidateOf = ({ trajectory, correct, nCorrect, nWrong }: AssessedTrajectory): Candidate => ({
  id: trajectory.trajectoryId,
  origin: trajectory.branch.length === 0 ? "initial" : "branch",
  correct,
  nCorrect,
  nWrong
})

const rowIdOf = ({ chosen, rejected }: PreferencePair): string => `dpo-${chosen}-${rejected}`

const rowOf = (
  assessed: AssessedQuestion,
  pair: PreferencePair,
  chosen: AssessedTrajectory,
  rejected: AssessedTrajectory
): PreferenceRow => ({
  id: rowIdOf(pair),
  place: placeOf(assessed),
  lineage: joinLineages([lineageOf(assessed, chosen), lineageOf(assessed, rejected)]),
  prompt: promptOf(chosen),
  chosen: targetOf(chosen.trajectory),
  rejected: targetOf(rejected.trajectory),
  rule: pair.rule
})

const decisionOf = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  pairs: ReadonlyArray<PreferencePair>,
  config: DpoConfig
): Decision => {
  const { trajectoryId } = candidate.trajectory
  const own = pairs.filter(({ chosen, rejected }) => chosen === trajectoryId || rejected === trajectoryId)
  return {
    key: keyIn(assessed, candidate),
    included: own.length > 0,
    rowIds: own.map(rowIdOf),
    reasons: own.length > 0 ? own.map((pair) => roleIn(pair, trajectoryId)) : whyAlone(assessed, candidate, config)
  }
}

const roleIn = ({ chosen, rejected, rule }: PreferencePair, trajectoryId: string): string =>
  chosen === trajectoryId ? `chosen over ${rejected} (${rule})` : `rejected in favour of ${chosen} (${rule})`

const whyAlone = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  { pairing }: DpoConfig
): ReadonlyArray<string> => {
  const unknown = unknownReasons(candidate, assessed.rules)
  if (unknown.length > 0) return unknown
  const worth = worthOf(candidate)
  if (pairing === "samples") return [whyNoSample(assessed, candidate, worth)]
  const others = assessed.trajectories.filter(
    ({ complete, trajectory }) =>
      complete && (trajectory.branch.length === 0) !== (candidate.trajectory.branch.length === 0)
  )
  const counterpart = candidate.trajectory.branch.length === 0 ? "branch" : "initial trajectory"
  if (others.length === 0) return [`${worth}: its question has no ${counterpart} of known quality to be paired with`]
  if (counterpart === "initial trajectory")
    return [`${worth}: no pair took it, since other branches come first in their order`]
  const wanted = candidate.correct ? "incorrect branch to reject" : "correct branch to choose"
  return pairing === "reference"
    ? [`${worth}: its question has no ${wanted}`]
    : [`${worth}: no branch of its question is better or worse`]
}

const whyNoSample = (assessed: AssessedQuestion, { trajectory }: AssessedTrajectory, worth: string): string => {
  if (trajectory.branch.length > 0) return `${worth}: a branch, and only initial trajectories are paired`
  const samples = assessed.trajectories.filter(
    ({ complete, trajectory: { branch } }) => complete && branch.length === 0
  )
  return samples.length < 2
    ? `${worth}: its question has no other sample of known quality to be paired with`
    : `${worth}: another sample is better or worse, or all are alike`
}

const worthOf = ({ answer, correct, nCorrect, nWrong }: AssessedTrajectory): string =>
  `${correct ? "correct" : "incorrect"} (F1 ${twoDecimals(answer.f1)}; queries: ${nCorrect} high, ${nWrong} low)`
