import { join } from "node:path"
import { Effect } from "effect"
import type { StageName } from "../../../../config/curriculum.ts"
import { writeFolder } from "../../../training/external/files.ts"
import { refuse } from "../../training/trainingRefused.ts"
import type { CurriculumPlan } from "../planCurriculum.ts"
import { backboneOf } from "./checkPreparable.ts"
import { prepareGuide } from "./guide.ts"
import type { GivenCommand } from "./nextCommands.ts"
import { stageRemarks } from "./remarks.ts"
import { commandsIn, runScript } from "./script.ts"
import { type DatasetStep, type PreparedStage, prepareStage, stageOf } from "./stage.ts"

/** What was written for engines outside this process. */
export interface PreparedCurriculum {
  /** Absolute. */
  readonly folder: string
  readonly stages: ReadonlyArray<PreparedStage>
  /** What has to be known beforehand, a sentence each. */
  readonly remarks: ReadonlyArray<string>
  /** Lines for a shell in the folder, in order. */
  readonly commands: ReadonlyArray<string>
}

/** The folder in that of a curriculum. */
export const preparedFolder = "for-training"

/**
 * Writes all that engines outside this process need to train the stages of a curriculum whose data are there, into one folder:
 * each stage starts from what the one before will have trained. The same log and configuration give the same bytes; what the
 * trainings have written there since stays.
 */
export const prepareCurriculum = Effect.fn("prepareCurriculum")(function* (plan: CurriculumPlan, given: GivenCommand) {
  const { policy, settings } = plan
  const folder = join(plan.folder, preparedFolder)
  let base = backboneOf(settings, policy)
  if (base === undefined) return yield* refuse("training.backbone is left out")
  const stages: Array<PreparedStage> = []
  for (const [stage, step] of datasetsOf(plan)) {
    const prepared: PreparedStage = yield* prepareStage(plan, stage, step, base)
    stages.push(prepared)
    if (prepared.prepared !== undefined) base = `../../${prepared.prepared.policy}`
  }
  const files = Object.fromEntries(stages.flatMap(({ prepared }) => Object.entries(prepared?.files ?? {})))
  yield* writeFolder(folder, {
    ...files,
    "run.sh": runScript(stages),
    "README.md": prepareGuide(stages, settings, given)
  })
  const result: PreparedCurriculum = {
    folder,
    stages,
    remarks: stages.flatMap((stage) => stageRemarks(stage, settings)),
    commands: stages.flatMap(({ prepared }) => (prepared === undefined ? [] : commandsIn(prepared)))
  }
  return result
})

const datasetsOf = ({ steps }: CurriculumPlan): ReadonlyArray<readonly [StageName, DatasetStep]> =>
  steps.flatMap((step) => {
    const stage = step.kind === "dataset" ? stageOf(step) : undefined
    return step.kind !== "dataset" || stage === undefined ? [] : [[stage, step] as const]
  })
