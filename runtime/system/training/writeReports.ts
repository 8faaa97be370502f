import { renameSync, writeFileSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { renderTrainingReport } from "../../../projections/training/report.ts"
import type { WatchedTraining } from "./watchTraining.ts"

/** Keeps the report of a training up to date for as long as the scope lives, and once more when it closes. */
export const writeReports = (
  request: TrainingRequest,
  { row, changes }: WatchedTraining
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const file = outputFolder(request).report
    let written = -1
    const write = Effect.suspend(() => {
      const training = row()
      if (training === undefined || changes() === written) return Effect.void
      written = changes()
      return Effect.try(() => {
        writeFileSync(`${file}.partial`, renderTrainingReport(training))
        renameSync(`${file}.partial`, file)
      }).pipe(Effect.catch((error) => Effect.logWarning(`the report ${file} can't be written: ${String(error.cause)}`)))
    })
    yield* Effect.addFinalizer(() => write)
    yield* write.pipe(Effect.andThen(Effect.sleep("2 seconds")), Effect.forever, Effect.forkScoped)
  })
