/** The constants of the trajectory reward. */
export interface RewardRules {
  /** What a correct trajectory loses for each low-quality query. */
  readonly penalty: number
  /** What a correct trajectory keeps however many queries were of low quality, format aside. */
  readonly floor: number
  /** What an incorrect trajectory earns for each high-quality query. */
  readonly bonus: number
  /** What an incorrect trajectory earns at most, format aside. */
  readonly ceiling: number
  /** What a right format adds. */
  readonly format: number
}

/** The constants of the paper's reward (SmartSearch, arXiv 2601.04888, reinforcement learning stage). */
export const paperReward: RewardRules = { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }

/** What the reward looks at. */
export interface RewardInput {
  /** Whether the answer's F1 reached the threshold. */
  readonly correct: boolean
  /** High-quality queries. */
  readonly nCorrect: number
  /** Low-quality queries. */
  readonly nWrong: number
  readonly formatOk: boolean
  readonly brokenTag: boolean
}

/**
 * The reward of a trajectory for reinforcement learning:
 *
 * ```text
 * correct:    max(1 − penalty · nWrong, floor)     + format, when the format is right
 * incorrect:  min(bonus · nCorrect, ceiling)       + format, when the format is right
 * broken tag: 0
 * ```
 *
 * Rounded to six decimals, so that it is the number a person would write down (0.8, not 0.7999999999999999).
 */
export const trajectoryReward = (input: RewardInput, rules: RewardRules = paperReward): number => {
  if (input.brokenTag) return 0
  const composite = input.correct
    ? Math.max(1 - rules.penalty * input.nWrong, rules.floor)
    : Math.min(rules.bonus * input.nCorrect, rules.ceiling)
  return round(composite + (input.formatOk ? rules.format : 0))
}

const round = (reward: number): number => Math.round(reward * 1e6) / 1e6
