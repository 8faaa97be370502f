import { Context, type Effect, Schema } from "effect"
import type { DataOf } from "../../events/registry.ts"

/** Where a training stands on disk: a folder that was complete before anyone was told of it. */
export type Checkpoint = DataOf<"CheckpointSaved">["checkpoint"]

/** What one update of the weights did. */
export type StepReport = DataOf<"TrainingStepCompleted">["report"]

/**
 * Thrown when a training cannot go on; the message is one line that says what, where and what to do. A `retryable` one may
 * pass by itself (a full disk, a busy device); any other ends the training.
 */
export class TrainingError extends Schema.TaggedError<TrainingError>()("TrainingError", {
  detail: Schema.String,
  retryable: Schema.Boolean
}) {
  override get message(): string {
    return this.detail
  }
}

/** One stretch of a training: from where it stood to its next checkpoint or its end. */
export interface TrainingLeg {
  readonly request: DataOf<"TrainingRequested">
  /** Where the last leg ended; undefined for the first. It stays on disk until a later leg begins. */
  readonly from: Checkpoint | undefined
}

/** What a leg leaves: a checkpoint to go on from, or the trained policy after the last one. */
export type LegEnd =
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint }
  | ({ readonly kind: "completed" } & Pick<DataOf<"TrainingCompleted">, "policy" | "adapter">)

export interface LegOutcome {
  /** What is trained and by what; the same for every leg. */
  readonly overview: Pick<DataOf<"TrainingStarted">, "executor" | "parameters" | "examples" | "steps">
  /** The steps of this leg, in order. */
  readonly steps: ReadonlyArray<StepReport>
  readonly end: LegEnd
}

/** What trains policies: in this process, or elsewhere. Told the same leg again, it gives the same weights. */
export class TrainingEngine extends Context.Service<
  TrainingEngine,
  { readonly train: (leg: TrainingLeg) => Effect.Effect<LegOutcome, TrainingError> }
>()("smartsearch/actors/TrainingEngine") {}
