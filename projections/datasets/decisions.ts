import type { ScoringSettings } from "../../events/shapes.ts"
import { compareInTree } from "../history/order.ts"
import { type AskedQuestion, keyOf } from "../history/trees.ts"
import { assessedQuestions } from "./assessed.ts"
import type { DatasetKind, DatasetRow, Decision } from "./dataset.ts"

/**
 * What became of every trajectory that the log knows, the failed and the unfinished ones included, in canonical order.
 */
export const decisionsOf = function* <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  state: State,
  config: Config
): Iterable<Decision> {
  for (const assessed of assessedQuestions(kind.historyOf(state), config)) {
    const { decisions } = kind.decide(assessed, config, state)
    yield* [...decisions(), ...unfinished(assessed.question)].sort((left, right) => compareInTree(left.key, right.key))
  }
}

/**
 * Why a trajectory is in a dataset, or why not. Undefined when the log does not know it, or knows of it only that it
 * was requested.
 */
export const explain = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  state: State,
  config: Config,
  trajectoryId: string
): Decision | undefined => {
  const { questions, ...history } = kind.historyOf(state)
  const about = [...questions].filter(([, question]) => knows(question, trajectoryId))
  const narrowed = { ...kind, historyOf: () => ({ ...history, questions: new Map(about) }) }
  for (const decision of decisionsOf(narrowed, state, config)) {
    if (decision.key.trajectoryId === trajectoryId) return decision
  }
  return undefined
}

const knows = (question: Omit<AskedQuestion, "question">, trajectoryId: string): boolean =>
  question.trajectories.has(trajectoryId) ||
  question.failures.has(trajectoryId) ||
  [...question.refinements.values()].some(
    ({ outcome }) => outcome.kind === "refined" && outcome.branchTrajectoryId === trajectoryId
  )

/** The trajectories of a question that never completed: they are in no dataset. */
const unfinished = (question: AskedQuestion): ReadonlyArray<Decision> => {
  const failed = [...question.failures.values()]
    .filter(({ trajectoryId }) => !question.trajectories.has(trajectoryId))
    .map((failure) => left(question, failure, `the trajectory failed: ${failure.reason}: ${failure.detail}`))
  return [...failed, ...awaited(question)]
}

/** Branches that a refinement asked for and that neither completed nor failed. */
const awaited = (question: AskedQuestion): ReadonlyArray<Decision> => {
  const branches = new Map<string, Decision>()
  for (const { eventId, round, trajectoryId, outcome } of question.refinements.values()) {
    const parent = question.trajectories.get(trajectoryId)
    if (outcome.kind === "failed" || parent === undefined) continue
    const branch = {
      sample: parent.sample,
      branch: [...parent.branch, round],
      trajectoryId: outcome.branchTrajectoryId
    }
    if (question.trajectories.has(branch.trajectoryId) || question.failures.has(branch.trajectoryId)) continue
    branches.set(
      branch.trajectoryId,
      left(question, branch, `not completed in this part of the log: refinement ${eventId} asked for it`)
    )
  }
  return [...branches.values()]
}

const left = (question: AskedQuestion, trajectory: Parameters<typeof keyOf>[1], reason: string): Decision => ({
  key: keyOf(question, trajectory),
  included: false,
  rowIds: [],
  reasons: [reason]
})
