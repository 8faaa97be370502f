import { hash } from "node:crypto"
import type { Question } from "./question.ts"
import type { Reading } from "./reading.ts"

/** What the agent knows when it is its move. */
export interface Situation {
  readonly question: Question
  readonly reading: Reading
  /** Whether it may still search; otherwise it has to answer. */
  readonly maySearch: boolean
  readonly choose: Choose
}

/** What the agent does next, and what it says it does it for. */
export type Step =
  | { readonly kind: "search"; readonly thought: string; readonly query: string }
  | { readonly kind: "answer"; readonly thought: string; readonly answer: string }

/** Decides between choices about as good as each other; the first one is the greedy choice. */
export type Choose = <A>(choices: readonly [A, ...ReadonlyArray<A>]) => A

/** Without a seed the greedy choice; with one, a choice that depends on seed and round only. */
export const chooseBy =
  (seed: number | undefined, round: number): Choose =>
  (choices) => {
    if (seed === undefined) return choices[0]
    const drawn = Number.parseInt(hash("sha256", `${seed}/${round}`, "hex").slice(0, 8), 16)
    return choices[drawn % choices.length] ?? choices[0]
  }

/** A candidate of at least this share of the best one's score is about as good. */
const nearEqual = 0.9

/** Chooses among the best of some candidates, which come best first. */
export const chooseBest = <A extends { readonly score: number }>(
  choose: Choose,
  ranked: ReadonlyArray<A>
): A | undefined => {
  const [best, ...others] = ranked
  return best && choose([best, ...others.filter(({ score }) => score >= nearEqual * best.score)])
}
