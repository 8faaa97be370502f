import type { Author } from "../../events/shapes.ts"
import type { AnswerScore } from "../../method/answerScore.ts"
import type { Verdict } from "../../method/combination.ts"
import type { CanonicalKey } from "../history/order.ts"
import type { Usage } from "./usage.ts"

/** One trajectory, evaluated: everything that tables, plots and examples are made of. */
export type EvaluationRow = CompletedRow | FailedRow

/** Which trajectory a row is about; `branch` is empty for an initial one. */
interface RowIdentity extends CanonicalKey {
  readonly rootId: string
  readonly question: string
  readonly goldenAnswers: ReadonlyArray<string>
}

export interface CompletedRow extends RowIdentity, AnswerScore {
  readonly kind: "completed"
  readonly prediction: string
  /** Whether the F1 reaches the threshold. */
  readonly correct: boolean
  readonly formatOk: boolean
  readonly reward: number
  /** Searches in the transcript, those of a prefix from outside included. */
  readonly searches: number
  /** The searches that the policy is answerable for, oldest first. */
  readonly rounds: ReadonlyArray<RoundRow>
  /** Model tokens spent on this trajectory, as far as the models' servers counted them. */
  readonly usage: Usage
  /** For a branch: what it grew from. */
  readonly parent?: BranchPoint
}

export interface RoundRow {
  readonly round: number
  readonly queryId: string
  readonly query: string
  /** Issued by this trajectory, or shared with the parent. */
  readonly kind: "issued" | "inherited"
  /** S_t. */
  readonly quality: Verdict
  /** The scorers that speak against a low-quality query, in the order of the combination; empty for any other query. */
  readonly objectors: ReadonlyArray<string>
  /** T_t: what they say, one a line. */
  readonly feedback: string
}

/** Where a branch left its parent. */
export interface BranchPoint {
  readonly trajectoryId: string
  /** The round whose query was replaced, from 1. */
  readonly round: number
  /** Absent when the log that was folded does not hold the refinement. */
  readonly refinement?: {
    readonly eventId: string
    readonly queryId: string
    readonly original: string
    readonly refined: string
    readonly feedback: string
    readonly refiner: Author
  }
}

export interface FailedRow extends RowIdentity {
  readonly kind: "failed"
  readonly reason: string
  readonly detail: string
}
