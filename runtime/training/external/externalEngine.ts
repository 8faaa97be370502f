import type { Effect } from "effect"
import type { TrainingEngine, TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../../events/training.ts"

/** What was written for a program that trains outside this process. */
export interface PreparedTraining {
  /** The folder of the files; the commands are to be run there. */
  readonly folder: string
  /** Lines for a shell, in order. */
  readonly commands: ReadonlyArray<string>
}

/**
 * A program that trains outside this process, in a single leg: it keeps checkpoints of its own and goes on from the last of
 * them when the leg is told again.
 */
export interface ExternalEngine {
  /** Writes every file that the training needs and starts nothing; the program need not be installed. */
  readonly prepare: (request: TrainingRequest) => Effect.Effect<PreparedTraining, TrainingError>
  /** Fails before anything is written when the program is missing or can't do what is requested. */
  readonly train: TrainingEngine["Service"]["train"]
}
