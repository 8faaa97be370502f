/** An initial trajectory with the branches that grew from its low-quality queries. */
export interface Tree<T> {
  readonly initial: T
  readonly branches: ReadonlyArray<T>
}

/**
 * The `n` rollouts of one question that are compared with each other in GRPO (paper, query generalization stage; N = 8):
 * tree by tree the initial trajectory and its first `maxBranches` branches.
 *
 * The last tree is cut where the group is full. When all trees together are too few, they are gone through again from the
 * beginning, because trainers demand groups of one size: request trees until there are enough to avoid such repetition.
 * Empty without trees.
 */
export const composeGroup = <T>(trees: ReadonlyArray<Tree<T>>, n: number, maxBranches: number): ReadonlyArray<T> => {
  const members = trees.flatMap(({ initial, branches }) => [initial, ...branches.slice(0, Math.max(0, maxBranches))])
  const group: Array<T> = []
  while (members.length > 0 && group.length < n) group.push(...members.slice(0, n - group.length))
  return group
}

/**
 * GRPO's advantage of each member of a group: (r − mean) / std, with the sample standard deviation (divisor n − 1), as
 * the method's trainer computes it. All 0 when the rewards are equal, and in a group of one.
 */
export const groupAdvantages = (rewards: ReadonlyArray<number>): ReadonlyArray<number> => {
  if (rewards.every((reward) => reward === rewards[0])) return rewards.map(() => 0)
  const mean = sum(rewards) / rewards.length
  const std = Math.sqrt(sum(rewards.map((reward) => (reward - mean) ** 2)) / (rewards.length - 1))
  return rewards.map((reward) => (reward - mean) / std)
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)
