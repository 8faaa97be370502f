/** A trajectory of a question, as far as preferences are concerned. */
export interface Candidate {
  readonly id: string
  /** Sampled from the question, or regenerated from a refined query of another trajectory. */
  readonly origin: "initial" | "branch"
  /** Whether the answer's F1 reached the threshold. */
  readonly correct: boolean
  /** High-quality queries. */
  readonly nCorrect: number
  /** Low-quality queries. */
  readonly nWrong: number
}

/**
 * Why one trajectory is preferred to another: it is correct and the other is not; both are correct and it has fewer
 * low-quality queries; both are incorrect and it has more high-quality queries.
 */
export type PreferenceRule = "outcome" | "fewer-low-quality" | "more-high-quality"

export interface PreferencePair {
  readonly chosen: string
  readonly rejected: string
  readonly rule: PreferenceRule
}

/**
 * The rule by which `left` is strictly preferred to `right`, `undefined` when it is not (paper, query alignment stage).
 *
 * A strict weak order: neither of two trajectories with the same outcome and the same count is preferred.
 */
export const preference = (left: Candidate, right: Candidate): PreferenceRule | undefined => {
  if (left.correct !== right.correct) return left.correct ? "outcome" : undefined
  if (left.correct) return left.nWrong < right.nWrong ? "fewer-low-quality" : undefined
  return left.nCorrect > right.nCorrect ? "more-high-quality" : undefined
}

/**
 * The preference pairs of one question by the paper's full order.
 *
 * Each initial trajectory is compared with the branches of its question, so that a pair shows what refined queries
 * changed, and gives up to two pairs: the best branch is chosen over it, and it is chosen over the worst branch, where the
 * order is strict. The first one given wins a tie. Two branches, or two initial trajectories, never make a pair: they
 * would teach the policy's own noise. Restricted to pairs whose outcomes differ this is exactly {@link pairReference}.
 */
export const pairPaper = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<PreferencePair> => {
  const branches = candidates.filter(({ origin }) => origin === "branch")
  const best = first(branches, (branch, other) => preference(branch, other) !== undefined)
  const worst = first(branches, (branch, other) => preference(other, branch) !== undefined)
  if (best === undefined || worst === undefined) return []
  return candidates
    .filter(({ origin }) => origin === "initial")
    .flatMap((initial) => [...pair(best, initial), ...pair(initial, worst)])
}

/**
 * The preference pairs of one question as the method's public code makes them: a correct initial trajectory is chosen over
 * the incorrect branch with the fewest high-quality queries; over an incorrect one the correct branch with the fewest
 * low-quality queries is chosen; the first one given on ties, no pair when there is no such branch.
 */
export const pairReference = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<PreferencePair> =>
  pairPaper(candidates).filter(({ rule }) => rule === "outcome")

/**
 * The preference pair of one question without branches (paper, ablation without refinement): of its initial trajectories the best
 * one is chosen over the worst one, by the full order. None when none is better than another.
 */
export const pairSamples = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<PreferencePair> => {
  const samples = candidates.filter(({ origin }) => origin === "initial")
  const best = first(samples, (sample, other) => preference(sample, other) !== undefined)
  const worst = first(samples, (sample, other) => preference(other, sample) !== undefined)
  return best === undefined || worst === undefined ? [] : pair(best, worst)
}

/** The first of the candidates that no other beats. */
const first = (
  candidates: ReadonlyArray<Candidate>,
  beats: (candidate: Candidate, other: Candidate) => boolean
): Candidate | undefined =>
  candidates.reduce<Candidate | undefined>(
    (leader, candidate) => (leader === undefined || beats(candidate, leader) ? candidate : leader),
    undefined
  )

const pair = (chosen: Candidate, rejected: Candidate): ReadonlyArray<PreferencePair> => {
  const rule = preference(chosen, rejected)
  return rule === undefined ? [] : [{ chosen: chosen.id, rejected: rejected.id, rule }]
}
