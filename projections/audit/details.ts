import type { DataOf } from "../../events/registry.ts"
import type { BranchOrigin } from "../../events/shapes.ts"

/** What the audit knows about each type of event: its data without what is repeated from event to event. */
export interface DetailsByType {
  readonly RunStarted: Pick<DataOf<"RunStarted">, "retriever" | "scoring" | "refinement" | "configHash" | "software">
  readonly RolloutRequested: RequestDetails
  readonly QueryIssued: QueryDetails
  readonly DocumentsRetrieved: RetrievalDetails
  readonly QueryScored: ScoreDetails
  readonly ScoreOverridden: DataOf<"ScoreOverridden">
  readonly TrajectoryCompleted: CompletionDetails
  readonly TrajectoryFailed: { readonly trajectoryId: string } & Pick<DataOf<"TrajectoryFailed">, "reason" | "detail">
  readonly OutcomeScored: DataOf<"OutcomeScored">
  readonly TrajectoryAssessed: AssessmentDetails
  readonly QueryRefined: DataOf<"QueryRefined">
  readonly RefinementFailed: DataOf<"RefinementFailed">
  readonly MessageParked: DataOf<"MessageParked">
  readonly ActorRegistered: DataOf<"ActorRegistered">
  readonly ActorRetired: DataOf<"ActorRetired">
  readonly DatasetBuilt: Omit<DataOf<"DatasetBuilt">, "files">
}

/** Every type of event that can stand in a story. */
export type AuditedType = keyof DetailsByType

export interface RequestDetails extends Pick<DataOf<"RolloutRequested">, "question" | "settings"> {
  readonly trajectoryId: string
  readonly sample: number
  readonly branch: ReadonlyArray<number>
  readonly origin?: BranchOrigin
  /** The assistant turn to continue, where there is one. */
  readonly prefix?: string
}

interface RoundDetails {
  readonly trajectoryId: string
  readonly round: number
  readonly queryId: string
  readonly query: string
}

export interface QueryDetails extends RoundDetails {
  /** What the policy wrote up to and including the query; absent for a query that a refiner, or a prefix, brought along. */
  readonly written?: string
}

export interface RetrievalDetails extends RoundDetails {
  readonly retriever: DataOf<"DocumentsRetrieved">["retriever"]
  readonly latencyMs: number
  /** In retrieved order. */
  readonly documents: ReadonlyArray<RetrievedDocument>
}

export interface RetrievedDocument {
  readonly id: string
  readonly title: string
  /** The retriever's score. */
  readonly score?: number
  /** The earlier rounds of the trajectory that had already retrieved it. */
  readonly knownFrom: ReadonlyArray<number>
  /** Whether the question's dataset names it as evidence; absent for a question without evidence. */
  readonly gold?: boolean
}

export interface ScoreDetails
  extends RoundDetails,
    Pick<DataOf<"QueryScored">, "scorer" | "result" | "explanation" | "evidence"> {
  /** Whether it is its scorer's first score for the query: later ones change nothing. */
  readonly counts: boolean
}

export interface CompletionDetails
  extends Pick<DataOf<"TrajectoryCompleted">, "answer" | "finishReason" | "transcript"> {
  readonly trajectoryId: string
  readonly searches: number
  /** Generations of the policy. */
  readonly turns: number
}

export type AssessmentDetails = { readonly trajectoryId: string } & Pick<
  DataOf<"TrajectoryAssessed">,
  "assessments" | "f1" | "correct" | "nCorrect" | "nWrong" | "reward" | "refine"
>
