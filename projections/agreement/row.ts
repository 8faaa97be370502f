import type { Verdict } from "../../method/combination.ts"
import type { CanonicalKey } from "../history/order.ts"

/** One query that a teacher or a student scored, or both. */
export interface AgreementRow extends CanonicalKey {
  readonly round: number
  readonly queryId: string
  readonly query: string
  /** What counts of the teacher: its score, or a person's correction of it. */
  readonly teacher: Verdict
  /** What the student said by itself: a correction is no merit of the student's. */
  readonly student: Verdict
}
