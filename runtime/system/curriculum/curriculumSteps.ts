import { join } from "node:path"
import { type StageName, stageNames } from "../../../config/curriculum.ts"
import { curriculumOf, roundsOf } from "../../../config/curriculumSteps.ts"
import type { Settings } from "../../../config/settings.ts"
import type { CurriculumStage, CurriculumStep } from "../../../events/curriculum.ts"

/** Which steps a curriculum has. */
export interface StepsAsked {
  readonly settings: Settings
  /** The folder of all that the curriculum writes; absolute. */
  readonly folder: string
  /** Whether policies are trained here; without it the steps end with the data of each stage. */
  readonly trained: boolean
}

/** All steps of a curriculum in their order: the same configuration gives the same. Pure. */
export const curriculumSteps = (asked: StepsAsked): ReadonlyArray<CurriculumStep> => {
  const { settings, trained } = asked
  const stages = stageNames.filter((stage) => curriculumOf(settings).stages.includes(stage))
  return [
    ...evaluations(asked, "base"),
    ...(trained && curriculumOf(settings).judge === "student" ? studentSteps(asked) : []),
    ...stages.flatMap((stage) => [
      ...Array.from({ length: trained ? roundsOf(settings, stage) : 1 }, (_, index) =>
        roundOf(asked, stage, index + 1)
      ).flat(),
      ...(trained ? evaluations(asked, stage) : [])
    ])
  ]
}

const evaluations = ({ settings }: StepsAsked, stage: CurriculumStage): ReadonlyArray<CurriculumStep> =>
  curriculumOf(settings).evaluation.map(({ dataset: set }) => {
    const id = `${stage}-evaluation-${set}`
    return { kind: "evaluation", id, stage, round: 0, runId: `${settings.run.name}-${stage}-${set}`, set }
  })

/** The student learns from what its teachers said of the base policy's queries, and is then compared with them. */
const studentSteps = ({ settings, folder }: StepsAsked): ReadonlyArray<CurriculumStep> => {
  const { name } = settings.run
  const common = { stage: "student", round: 1 } as const
  const data = join(folder, "student", "data")
  const [runId, compared] = [`${name}-student`, `${name}-student-agreement`]
  return [
    { kind: "rollout", id: "student-rollout", ...common, runId },
    { kind: "dataset", id: "student-dataset", ...common, runId, dataset: "student", location: data },
    {
      kind: "training",
      id: "student-training",
      ...common,
      objective: "sft",
      data,
      output: join(folder, "student", "training"),
      policyName: `${name}-student`
    },
    ...(curriculumOf(settings).evaluation.length === 0
      ? []
      : [{ kind: "agreement", id: "student-agreement", ...common, runId: compared } as const])
  ]
}

const datasetOf = { sft: "sft", dpo: "dpo", grpo: "rl" } as const

const roundOf = (
  { settings, folder, trained }: StepsAsked,
  stage: StageName,
  round: number
): ReadonlyArray<CurriculumStep> => {
  const place = roundsOf(settings, stage) > 1 ? `${stage}-${round}` : stage
  const runId = `${settings.run.name}-${place}`
  const data = join(folder, place, "data")
  const dataset = datasetOf[stage]
  const common = { stage, round } as const
  return [
    { kind: "rollout", id: `${place}-rollout`, ...common, runId },
    { kind: "dataset", id: `${place}-dataset`, ...common, runId, dataset, location: data },
    ...(trained
      ? [
          {
            kind: "training",
            id: `${place}-training`,
            ...common,
            objective: stage,
            data,
            output: join(folder, place, "training"),
            policyName: `${settings.run.name}-${place}`
          } as const
        ]
      : [])
  ]
}
