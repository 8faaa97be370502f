import type { CurriculumStage, CurriculumStep } from "../../events/curriculum.ts"
import type { PolicyFolder } from "../../events/training.ts"
import type { Cause } from "../processManager.ts"

/** What the process manager knows of one curriculum. */
export interface ManagedCurriculum {
  readonly cause: Cause
  readonly steps: ReadonlyArray<CurriculumStep>
  readonly basePolicy: PolicyFolder | undefined
  /** Ids of the steps that were asked for. */
  readonly requested: Set<string>
  /** Ids of the steps that are done. */
  readonly done: Set<string>
  /** Rows of the datasets that were built, by their folder. */
  readonly rows: Map<string, number>
  /** What each training published, by its step. */
  readonly published: Map<string, PolicyFolder>
  ended: boolean
}

/**
 * Every curriculum by the id of its events, and which of them waits for which run: runs complete under ids of their own.
 */
export interface CurriculumState {
  readonly curricula: Map<string, ManagedCurriculum>
  /** Ids of the curriculum, by the id of a run that one of its steps performs or folds. */
  readonly ofRun: Map<string, string>
}

export const init = (): CurriculumState => ({ curricula: new Map(), ofRun: new Map() })

/** Whether nothing was left to learn from: its data were built and have no row. */
const isPassedOver = ({ rows }: ManagedCurriculum, step: CurriculumStep): boolean =>
  step.kind === "training" && rows.get(step.data) === 0

/** Where the first step stands that is not done; undefined when all are. */
export const nextStep = (curriculum: ManagedCurriculum): number | undefined => {
  const place = curriculum.steps.findIndex((step) => !curriculum.done.has(step.id) && !isPassedOver(curriculum, step))
  return place < 0 ? undefined : place
}

/** The policy in force before a step: what the last training before it published, else the one the curriculum began with. */
export const policyBefore = (curriculum: ManagedCurriculum, place: number): PolicyFolder | undefined =>
  lastPublished(curriculum, place, ({ stage }) => stage !== "student") ?? curriculum.basePolicy

/** The student that was trained before a step. */
export const studentBefore = (curriculum: ManagedCurriculum, place: number): PolicyFolder | undefined =>
  lastPublished(curriculum, place, ({ stage }) => stage === "student")

const lastPublished = (
  { published, steps }: ManagedCurriculum,
  place: number,
  counts: (step: CurriculumStep) => boolean
): PolicyFolder | undefined =>
  steps
    .slice(0, place)
    .map((step) => (counts(step) ? published.get(step.id) : undefined))
    .findLast((policy) => policy !== undefined)

/** The policy that the stage of a step began with. */
export const referenceOf = (curriculum: ManagedCurriculum, place: number): PolicyFolder | undefined => {
  const stage = curriculum.steps[place]?.stage
  return policyBefore(
    curriculum,
    curriculum.steps.findIndex((step) => step.stage === stage)
  )
}

/** The policy that each stage ended with; a stage that learnt nothing ended with that of the stage before. */
export const policiesByStage = (
  curriculum: ManagedCurriculum
): ReadonlyArray<{ readonly stage: CurriculumStage; readonly policy: PolicyFolder }> =>
  [...new Set(curriculum.steps.map(({ stage }) => stage))].flatMap((stage) => {
    const after = curriculum.steps.findLastIndex((step) => step.stage === stage) + 1
    const policy = stage === "student" ? studentBefore(curriculum, after) : policyBefore(curriculum, after)
    return policy === undefined ? [] : [{ stage, policy }]
  })
