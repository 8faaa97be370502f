import type { Effect } from "effect"
import type { TrainingEngine, TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import type { Files } from "./files.ts"

/** What a program that trains outside this process is to find. */
export interface TrainingFiles {
  /** By their paths in one folder, which may lie anywhere; the commands are to be run there. */
  readonly files: Files
  /** Lines for a shell, in order. */
  readonly commands: ReadonlyArray<string>
}

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
  /** Fails when the program is missing, or can't do what is requested; writes nothing. */
  readonly ready: (request: TrainingRequest) => Effect.Effect<void, TrainingError>
  /**
   * Every file that the training needs. Writes nothing. Fails when the program can't do what is requested, whatever the
   * examples are; the base may be a name at a hub, or begin with `../` at the folder of the files.
   */
  readonly files: (request: TrainingRequest) => Effect.Effect<TrainingFiles, TrainingError>
  /** Writes these files and starts nothing; the program need not be installed. */
  readonly prepare: (request: TrainingRequest) => Effect.Effect<PreparedTraining, TrainingError>
  /** Fails before it writes anything where it is not ready. */
  readonly train: TrainingEngine["Service"]["train"]
}
