import type { Question } from "../../events/shapes.ts"
import type { History, QuestionHistory, Trajectory } from "./history.ts"
import { type CanonicalKey, compareInTree, compareQuestions } from "./order.ts"

/** A question whose wording is known, because at least one of its trajectories ended. */
export interface AskedQuestion extends QuestionHistory {
  readonly question: Question
}

/** An initial trajectory and everything that branched off it. */
export interface Tree {
  readonly rootId: string
  readonly sample: number
  /** Absent when the log, or the part of it that was folded, has only branches. */
  readonly root: Trajectory | undefined
  /** In canonical order. */
  readonly branches: ReadonlyArray<Trajectory>
}

/** Every question that at least one ended trajectory tells us about, in canonical order. */
export const questionsOf = (history: History): ReadonlyArray<AskedQuestion> =>
  [...history.questions.values()]
    .filter(isAsked)
    .map((asked) => ({ asked, key: { ...questionKey(asked) } }))
    .sort((left, right) => compareQuestions(left.key, right.key))
    .map(({ asked }) => asked)

const isAsked = (question: QuestionHistory): question is AskedQuestion => question.question !== undefined

const questionKey = (asked: AskedQuestion): Pick<CanonicalKey, "dataset" | "questionId" | "runId"> => ({
  dataset: asked.question.dataset,
  questionId: asked.question.id,
  runId: asked.runId
})

/** The completed trajectories of a question in canonical order. */
export const trajectoriesOf = (question: QuestionHistory): ReadonlyArray<Trajectory> =>
  [...question.trajectories.values()].sort(compareInTree)

/** The trees of a question in canonical order. */
export const treesOf = (question: QuestionHistory): ReadonlyArray<Tree> => {
  const byRoot = new Map<string, { sample: number; root: Trajectory | undefined; branches: Array<Trajectory> }>()
  for (const trajectory of trajectoriesOf(question)) {
    let tree = byRoot.get(trajectory.rootId)
    if (tree === undefined) {
      tree = { sample: trajectory.sample, root: undefined, branches: [] }
      byRoot.set(trajectory.rootId, tree)
    }
    if (trajectory.branch.length === 0) tree.root ??= trajectory
    else tree.branches.push(trajectory)
  }
  return [...byRoot].map(([rootId, tree]) => ({ rootId, ...tree }))
}

/** Where a trajectory of a question stands in the canonical order. */
export const keyOf = (
  question: AskedQuestion,
  trajectory: Pick<Trajectory, "sample" | "branch" | "trajectoryId">
): CanonicalKey => ({
  ...questionKey(question),
  sample: trajectory.sample,
  branch: trajectory.branch,
  trajectoryId: trajectory.trajectoryId
})

/** The trajectories a branch descends from, its parent first. An ancestor that is not in the log ends the list. */
export const ancestorsOf = (question: QuestionHistory, trajectory: Trajectory): ReadonlyArray<Trajectory> => {
  const ancestors: Array<Trajectory> = []
  let parent = trajectory.origin && question.trajectories.get(trajectory.origin.trajectoryId)
  while (parent !== undefined && !ancestors.includes(parent)) {
    ancestors.push(parent)
    parent = parent.origin && question.trajectories.get(parent.origin.trajectoryId)
  }
  return ancestors
}
