import type { CurriculumStep } from "../../events/curriculum.ts"
import type { EventOf } from "../../events/envelope.ts"
import { causeOf } from "../processManager.ts"
import type { CurriculumState, ManagedCurriculum } from "./state.ts"

/** What the curriculum hears. */
export type CurriculumInput = EventOf<
  | "CurriculumStarted"
  | "CurriculumStepRequested"
  | "CurriculumCompleted"
  | "RunCompleted"
  | "DatasetBuilt"
  | "PolicyPublished"
>

/** Notes what an event tells of a curriculum. An event that comes again changes nothing. */
export const evolve = (state: CurriculumState, event: CurriculumInput): CurriculumState => {
  if (event.type === "CurriculumStarted") start(state, event)
  else note(curriculumOf(state, event.runid), event)
  return state
}

/** The curriculum that a run's events belong to: the run's own id, or that of a curriculum one of whose steps it is. */
export const curriculumOf = (state: CurriculumState, runId: string): ManagedCurriculum | undefined =>
  state.curricula.get(runId) ?? state.curricula.get(state.ofRun.get(runId) ?? "")

const start = (state: CurriculumState, event: EventOf<"CurriculumStarted">): void => {
  if (state.curricula.has(event.runid)) return
  const { policy, steps } = event.data
  state.curricula.set(event.runid, {
    cause: causeOf(event),
    steps,
    basePolicy: policy,
    requested: new Set(),
    done: new Set(),
    rows: new Map(),
    published: new Map(),
    ended: false
  })
  for (const step of steps) if ("runId" in step) state.ofRun.set(step.runId, event.runid)
}

const note = (
  curriculum: ManagedCurriculum | undefined,
  event: Exclude<CurriculumInput, EventOf<"CurriculumStarted">>
): void => {
  if (curriculum === undefined) return
  switch (event.type) {
    case "CurriculumStepRequested":
      curriculum.requested.add(event.data.step.id)
      break
    case "CurriculumCompleted":
      curriculum.ended = true
      break
    case "RunCompleted":
      settle(curriculum, (step) => isRun(step) && step.runId === event.runid)
      break
    case "DatasetBuilt": {
      const { kind, location, rows } = event.data
      const built = settle(curriculum, (step) => isDataset(step, event.runid, kind, location))
      if (built !== undefined && !curriculum.rows.has(location)) curriculum.rows.set(location, rows)
      break
    }
    case "PolicyPublished": {
      const trained = settle(curriculum, (step) => step.kind === "training" && step.policyName === event.data.name)
      if (trained !== undefined && !curriculum.published.has(trained.id)) {
        curriculum.published.set(trained.id, event.data.policy)
      }
    }
  }
}

const isRun = (step: CurriculumStep) => step.kind !== "dataset" && step.kind !== "training"

const isDataset = (step: CurriculumStep, runId: string, kind: string, location: string): boolean =>
  step.kind === "dataset" && step.runId === runId && step.dataset === kind && step.location === location

/** Marks the step that an event shows to be done, if it was due. */
const settle = (
  { done, requested, steps }: ManagedCurriculum,
  isIt: (step: CurriculumStep) => boolean
): CurriculumStep | undefined => {
  const step = steps.find((candidate) => requested.has(candidate.id) && isIt(candidate))
  if (step !== undefined) done.add(step.id)
  return step
}
