import type { Span } from "../../method/protocol.ts"

/** What a policy is asked: the same for all that it may answer. */
interface Asked {
  /** Unique in its dataset. */
  readonly id: string
  /** The system message; empty for none. */
  readonly system: string
  readonly user: string
}

/** An answer with what counts for the loss: offsets in UTF-16 code units, in order and apart. */
export interface Answer {
  /** The assistant turn, results included. */
  readonly text: string
  readonly loss: ReadonlyArray<Span>
}

/** An answer to imitate. */
export interface Demonstration extends Asked, Answer {}

/** Two answers, one better than the other. */
export interface Preference extends Asked {
  readonly chosen: Answer
  readonly rejected: Answer
}

/** What a policy wrote in one go, with what its server told about the tokens, where it did. */
export interface GeneratedTurn extends Span {
  readonly tokenIds?: ReadonlyArray<number>
  /** Natural logarithms under the policy that sampled them. */
  readonly logProbs?: ReadonlyArray<number>
}

/** One of the answers that are compared with each other. */
export interface ScoredAnswer extends Answer {
  readonly reward: number
  /** (reward − mean) ÷ standard deviation in the group. */
  readonly advantage: number
  readonly turns: ReadonlyArray<GeneratedTurn>
}

/** Rollouts of one question. */
export interface RolloutGroup extends Asked {
  readonly rollouts: ReadonlyArray<ScoredAnswer>
}

/** What each objective learns from. */
export interface ExampleByObjective {
  readonly sft: Demonstration
  readonly dpo: Preference
  readonly grpo: RolloutGroup
}

export type ObjectiveKind = keyof ExampleByObjective
