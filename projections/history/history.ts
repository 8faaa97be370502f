import type { DataOf } from "../../events/registry.ts"
import type { ScoreResult } from "../../events/score.ts"
import type { Author, Question, RolloutSettings } from "../../events/shapes.ts"
import type { FormatCheck } from "../../method/answer.ts"

/**
 * What one run, or several, did: per question its trajectories, the scores of their queries, and their refinements.
 *
 * It is plain data (it survives `structuredClone`, so a worker thread can send it) and the fold changes it in place:
 * readers only read. Maps hold order of arrival; see `order.ts` and `trees.ts` for the canonical order.
 */
export interface History {
  /** By run id. */
  readonly runs: Map<string, Run>
  /** By correlation id: the same question in another run is another entry. */
  readonly questions: Map<string, QuestionHistory>
  /** One object for each distinct value, by its JSON: thousands of trajectories share it. */
  readonly settings: Map<string, RolloutSettings>
}

export interface Run {
  readonly runId: string
  readonly eventId: string
  readonly started: DataOf<"RunStarted">
}

/** Everything about one question in one run. */
export interface QuestionHistory {
  readonly correlationId: string
  readonly runId: string
  /** Known as soon as one of its trajectories ended. */
  question: Question | undefined
  /** The completed ones, by trajectory id. */
  readonly trajectories: Map<string, Trajectory>
  /** By trajectory id. A trajectory that completed after all is in both maps, and counts as completed. */
  readonly failures: Map<string, FailedTrajectory>
  /**
   * By query id, then by scorer name. Branches share the query ids, and so the scores, of the rounds they inherited.
   */
  readonly scores: Map<string, Map<string, ScorerRecord>>
  /** By event id, which is what `origin.refinementId` names. */
  readonly refinements: Map<string, Refinement>
}

/** A completed trajectory, as its `TrajectoryCompleted` told it; the question stands in its {@link QuestionHistory}. */
export interface Trajectory extends Omit<DataOf<"TrajectoryCompleted">, "question"> {
  readonly eventId: string
  readonly form: Form
}

/** What a transcript looks like, whatever it says: no setting changes that, so it is looked at once. */
export interface Form {
  readonly format: FormatCheck
  readonly brokenTag: boolean
}

export interface FailedTrajectory
  extends Pick<
    DataOf<"TrajectoryFailed">,
    "trajectoryId" | "rootId" | "sample" | "branch" | "origin" | "reason" | "detail"
  > {
  readonly eventId: string
}

/** What one scorer, and whoever corrected it, said about one query. */
export interface ScorerRecord {
  /** The first score in the log. */
  score: Score | undefined
  /** In the log's order: the last one wins over the score. */
  readonly overrides: Array<Override>
}

export interface Score {
  readonly eventId: string
  readonly scorer: Author
  readonly result: ScoreResult
  readonly explanation: string
  /** O_t: how many of the retrieved documents earlier rounds had already retrieved, where the score rests on it. */
  readonly overlap: number | undefined
}

export interface Override {
  readonly eventId: string
  readonly score: number
  readonly reason: string
  readonly by: string
}

/** An attempt to replace a low-quality query. */
export interface Refinement {
  readonly eventId: string
  readonly trajectoryId: string
  readonly round: number
  readonly queryId: string
  readonly original: string
  readonly feedback: string
  readonly refiner: Author
  readonly outcome:
    | { readonly kind: "refined"; readonly query: string; readonly branchTrajectoryId: string }
    | { readonly kind: "failed"; readonly reason: DataOf<"RefinementFailed">["reason"] }
}

export const emptyHistory = (): History => ({ runs: new Map(), questions: new Map(), settings: new Map() })
