import { Schema } from "effect"
import { composeGroup, groupAdvantages } from "../../method/group.ts"
import { groupFormats } from "../formats/group.ts"
import type { AssessedTrajectory } from "../history/assessment.ts"
import type { History } from "../history/history.ts"
import { type AssessedQuestion, keyIn, lineageOf, placeOf } from "./assessed.ts"
import { type Decision, defineDataset, joinLineages } from "./dataset.ts"
import { overHistory } from "./overHistory.ts"
import { unknownReasons } from "./reasons.ts"
import type { GroupRow, Rollout } from "./rows.ts"
import { datasetSettings } from "./settings.ts"
import { promptOf, targetOf } from "./target.ts"

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))

export const rlSettings = datasetSettings(
  {
    /** N: rollouts of one question that are compared with each other. */
    groupSize: PositiveInt,
    /** T: branches of one initial trajectory in a group at most. */
    maxBranches: Schema.Natural
  },
  { groupSize: 8, maxBranches: 4 }
)
export type RlConfig = typeof rlSettings.schema.Type

/**
 * Stage 3, generalization (paper, section on the three-stage curriculum): for each question one group of N rollouts
 * made of initial trajectories and their branches, with rewards. A trajectory with a query of unknown quality takes no
 * part, and a tree whose initial trajectory is such a one takes none either.
 */
export const rl = defineDataset<History, RlConfig, GroupRow>({
  ...overHistory,
  name: "rl",
  version: 1,
  settings: rlSettings,
  formats: groupFormats("rl"),
  defaultFormats: ["jsonl", "verl"],
  decide: (assessed, config) => {
    const group = composeGroup(treesIn(assessed), config.groupSize, config.maxBranches)
    return {
      rows: rowsOf(assessed, group),
      decisions: () => assessed.trajectories.map((candidate) => decisionOf(assessed, candidate, group, config))
    }
  }
})

const treesIn = ({ trajectories }: AssessedQuestion) => {
  const known = trajectories.filter(({ complete }) => complete)
  return known
    .filter(({ trajectory }) => trajectory.branch.length === 0)
    .map((initial) => ({ initial, branches: known.filter((other) => isBranchOf(other, initial)) }))
}

const isBranchOf = (other: AssessedTrajectory, initial: AssessedTrajectory): boolean =>
  other.trajectory.branch.length > 0 && other.trajectory.rootId === initial.trajectory.trajectoryId

const rowIdOf = ({ question }: AssessedQuestion): string => `rl-${question.correlationId}`

const rowsOf = (assessed: AssessedQuestion, group: ReadonlyArray<AssessedTrajectory>): ReadonlyArray<GroupRow> => {
  const [first] = group
  if (first === undefined) return []
  const advantages = groupAdvantages(group.map(({ reward }) => reward))
  return [
    {
      id: rowIdOf(assessed),
      place: placeOf(assessed),
      lineage: joinLineages(group.map((member) => lineageOf(assessed, member))),
      prompt: promptOf(first),
      question: first.question,
      rollouts: group.map((member, i) => rolloutOf(member, advantages[i] ?? 0))
    }
  ]
}

const rolloutOf = (member: AssessedTrajectory, advantage: number): Rollout => {
  const { trajectory, answer, nCorrect, nWrong, reward } = member
  const { trajectoryId, sample, branch, turns } = trajectory
  return {
    ...targetOf(trajectory),
    trajectoryId,
    sample,
    branch,
    f1: answer.f1,
    nCorrect,
    nWrong,
    reward,
    advantage,
    turns
  }
}

const decisionOf = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  group: ReadonlyArray<AssessedTrajectory>,
  config: RlConfig
): Decision => {
  const places = group.filter((member) => member === candidate).length
  return {
    key: keyIn(assessed, candidate),
    included: places > 0,
    rowIds: places > 0 ? [rowIdOf(assessed)] : [],
    reasons:
      places > 0
        ? [`reward ${candidate.reward}, ${places} of the ${group.length} rollouts of its group`]
        : whyLeftOut(assessed, candidate, config)
  }
}

const whyLeftOut = (
  { rules, trajectories }: AssessedQuestion,
  candidate: AssessedTrajectory,
  { groupSize, maxBranches }: RlConfig
): ReadonlyArray<string> => {
  const unknown = unknownReasons(candidate, rules)
  if (unknown.length > 0) return unknown
  const { rootId, branch } = candidate.trajectory
  const root = trajectories.find(({ trajectory }) => trajectory.trajectoryId === rootId)
  if (root === undefined || !root.complete) return [`its initial trajectory ${rootId} has no known quality`]
  return branch.length > 0
    ? [`its tree gives the first ${maxBranches} branches at most, and the group ends at ${groupSize} rollouts`]
    : [`earlier samples had filled the group of ${groupSize} rollouts`]
}
