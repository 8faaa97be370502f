import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import { type CurriculumRecord, curriculumRecords } from "../../../projections/curriculum/report/record.ts"
import { renderCurriculumReport } from "../../../projections/curriculum/report.ts"
import { foldLog } from "../../projection-runner/foldLog.ts"
import { outputFolderOf, reportFile, writePage } from "../writePage.ts"
import { collectReport } from "./collectReport.ts"

/** Every curriculum of the log by its name, in order of their start. */
export const recordedCurricula = Effect.map(foldLog(curriculumRecords), ({ state }) => state)

/** The folder of all that a curriculum writes: two above the data of any of its rounds. Pure. */
export const folderOfCurriculum = ({ name, started: { config, steps } }: CurriculumRecord): string => {
  const data = steps.find((step): step is DatasetStep => step.kind === "dataset")
  return data === undefined ? outputFolderOf(config, name) : dirname(dirname(data.location))
}

type DatasetStep = Extract<CurriculumStep, { readonly kind: "dataset" }>

/**
 * Writes the report of a curriculum, as far as it got, into its folder or into the file that is named. Tells where it is, and what
 * the policy reached after each stage.
 */
export const reportCurriculum = Effect.fn("reportCurriculum")(function* (
  record: CurriculumRecord,
  file: string = join(folderOfCurriculum(record), reportFile)
) {
  const report = yield* collectReport(record)
  const written = yield* writePage(file, renderCurriculumReport(report))
  return { file: written, stages: report.results }
})
