import { CurriculumCompleted, CurriculumStarted, CurriculumStepRequested } from "./curriculum.ts"
import { DatasetBuilt } from "./dataset.ts"
import type { EventDefinition } from "./define.ts"
import { ActorRegistered, ActorRetired, MessageParked } from "./operations.ts"
import { QueryRefined, RefinementFailed } from "./refinement.ts"
import { RunCompleted, RunFailed, RunStarted } from "./run.ts"
import { OutcomeScored, QueryScored, ScoreOverridden, TrajectoryAssessed } from "./score.ts"
import {
  CheckpointSaved,
  PolicyPublished,
  TrainingCompleted,
  TrainingFailed,
  TrainingRequested,
  TrainingStarted,
  TrainingStepCompleted
} from "./training.ts"
import {
  DocumentsRetrieved,
  QueryIssued,
  RolloutRequested,
  TrajectoryCompleted,
  TrajectoryFailed
} from "./trajectory.ts"

/** The event families and their events, in the order of a run's life. */
export const families = {
  run: [RunStarted, RunCompleted, RunFailed],
  trajectory: [RolloutRequested, QueryIssued, DocumentsRetrieved, TrajectoryCompleted, TrajectoryFailed],
  score: [QueryScored, OutcomeScored, ScoreOverridden, TrajectoryAssessed],
  refinement: [QueryRefined, RefinementFailed],
  dataset: [DatasetBuilt],
  training: [
    TrainingRequested,
    TrainingStarted,
    TrainingStepCompleted,
    CheckpointSaved,
    TrainingCompleted,
    TrainingFailed,
    PolicyPublished
  ],
  curriculum: [CurriculumStarted, CurriculumStepRequested, CurriculumCompleted],
  operations: [ActorRegistered, ActorRetired, MessageParked]
} as const

type Definition = (typeof families)[keyof typeof families][number]

export type EventType = Definition["type"]

type DataByType = { [D in Definition as D["type"]]: D extends EventDefinition<string, infer Data> ? Data : never }

/** The data that an event of type `T` carries, in its current version. */
export type DataOf<T extends EventType> = DataByType[T]

/** A table of event definitions that a codec reads with; the tests bring their own to exercise upcasting. */
export type Registry = Readonly<Record<string, EventDefinition<string, unknown>>>

const definitions: ReadonlyArray<EventDefinition<string, unknown>> = Object.values(families).flat()

/** Every event type by its name. */
export const registry: Registry = Object.fromEntries(definitions.map((definition) => [definition.type, definition]))

export const isEventType = (type: string): type is EventType => Object.hasOwn(registry, type)
