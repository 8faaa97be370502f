import type { Decision, ProcessManager } from "../processManager.ts"
import { type CurriculumInput, curriculumOf, evolve } from "./evolve.ts"
import {
  type CurriculumState,
  init,
  type ManagedCurriculum,
  nextStep,
  policiesByStage,
  policyBefore,
  referenceOf,
  studentBefore
} from "./state.ts"

/**
 * Drives a policy through imitation, alignment and generalization (SmartSearch, arXiv 2601.04888, three-stage curriculum), one step
 * after the other: rollouts, the dataset folded from them, the training that learns from it, and an evaluation after each stage.
 *
 * All steps are known from the beginning; what is decided here is which one is due, and with which policy. A step is done when
 * the log shows its result: a completed run, a built dataset, a published policy. So whoever performs them may die at any
 * moment, and what is due is the same for whoever comes next.
 */
export const curriculum: ProcessManager<CurriculumState, CurriculumInput["type"]> = {
  name: "curriculum",
  version: "1",
  consumes: [
    "CurriculumStarted",
    "CurriculumStepRequested",
    "CurriculumCompleted",
    "RunCompleted",
    "DatasetBuilt",
    "PolicyPublished"
  ],
  emits: ["CurriculumStepRequested", "CurriculumCompleted"],
  init,
  evolve,
  decide: (state, { runid }) => {
    const managed = curriculumOf(state, runid)
    return managed === undefined || managed.ended ? [] : due(managed)
  }
}

const due = (managed: ManagedCurriculum): ReadonlyArray<Decision> => {
  const { cause, requested, steps } = managed
  const place = nextStep(managed)
  const step = place === undefined ? undefined : steps[place]
  if (place === undefined || step === undefined) {
    const data = { policies: policiesByStage(managed) }
    return [{ cause, ordinal: steps.length, event: { type: "CurriculumCompleted", subject: cause.runid, data } }]
  }
  if (requested.has(step.id)) return []
  const policy = policyBefore(managed, place)
  const reference = referenceOf(managed, place)
  const student = studentBefore(managed, place)
  const data = {
    step,
    ...(policy === undefined ? {} : { policy }),
    ...(reference === undefined ? {} : { reference }),
    ...(student === undefined ? {} : { student })
  }
  return [{ cause, ordinal: place, event: { type: "CurriculumStepRequested", subject: step.id, data } }]
}
