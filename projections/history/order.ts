/**
 * The canonical order of everything that is written: by question, then by place in the trajectory tree. It knows
 * nothing of arrival, so two runs that decided the same but interleaved differently give the same bytes.
 */

/** What the order looks at. Strings compare by UTF-16 code units, whatever the locale. */
export interface CanonicalKey {
  readonly dataset: string
  readonly questionId: string
  readonly runId: string
  readonly sample: number
  /** Rounds replaced on the way from the root. */
  readonly branch: ReadonlyArray<number>
  readonly trajectoryId: string
}

export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Element by element; a path comes before every path that goes on from it. */
export const compareBranches = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): number => {
  for (const [i, round] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (round !== other) return round - other
  }
  return left.length - right.length
}

/** Orders the trajectories of one question: by sample, then by branch path. */
export const compareInTree = (
  left: Pick<CanonicalKey, "sample" | "branch" | "trajectoryId">,
  right: Pick<CanonicalKey, "sample" | "branch" | "trajectoryId">
): number =>
  left.sample - right.sample ||
  compareBranches(left.branch, right.branch) ||
  compareText(left.trajectoryId, right.trajectoryId)

/** Orders questions: by dataset, then by id, then by run. */
export const compareQuestions = (
  left: Pick<CanonicalKey, "dataset" | "questionId" | "runId">,
  right: Pick<CanonicalKey, "dataset" | "questionId" | "runId">
): number =>
  compareText(left.dataset, right.dataset) ||
  compareText(left.questionId, right.questionId) ||
  compareText(left.runId, right.runId)

/** The canonical order of trajectories, and of the rows made from them. */
export const compareCanonical = (left: CanonicalKey, right: CanonicalKey): number =>
  compareQuestions(left, right) || compareInTree(left, right)
