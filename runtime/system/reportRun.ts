import { join } from "node:path"
import { Effect, Schema } from "effect"
import { renderReport } from "../../projections/evaluation/report.ts"
import { evaluateRun } from "./evaluateRun.ts"
import { outputFolderOf, reportFile, writePage } from "./writePage.ts"

/** Thrown when no trajectory of a run has ended: there is nothing to tell about it. */
export class NothingToReport extends Schema.TaggedError<NothingToReport>()("NothingToReport", { run: Schema.String }) {
  override get message(): string {
    return `no trajectory of run "${this.run}" has ended yet; go on with it, or give the name of another run`
  }
}

/** Writes the evaluation report of a run into the folder of its results, or into the file that is named. */
export const reportRun = Effect.fn("reportRun")(function* (run: string, file?: string) {
  const { figures, rows, started } = yield* evaluateRun(run)
  if (figures === undefined) return yield* new NothingToReport({ run })
  const place = file ?? join(outputFolderOf(started?.config ?? {}, run), reportFile)
  return { file: yield* writePage(place, renderReport(figures, rows, started)), figures }
})
