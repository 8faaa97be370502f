import type { CurriculumStage, CurriculumStep } from "../../../events/curriculum.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import type { DataOf, EventType } from "../../../events/registry.ts"

/** What the log tells of a curriculum itself. */
export interface CurriculumRecord {
  readonly name: string
  readonly started: DataOf<"CurriculumStarted">
  /** When it began, RFC 3339 in UTC. */
  readonly began: string
  /** The steps that became due, in their order. */
  readonly requested: ReadonlyArray<CurriculumStep>
  /** Absent while it is going on. */
  readonly completed?: { readonly at: string; readonly policies: DataOf<"CurriculumCompleted">["policies"] }
}

/** Every curriculum by its name, the oldest first. */
export type CurriculumRecords = Map<string, CurriculumRecord>

const consumes = [
  "CurriculumStarted",
  "CurriculumStepRequested",
  "CurriculumCompleted"
] as const satisfies ReadonlyArray<EventType>

/** A fold that learns of every curriculum. Of an event that comes again the first one counts. */
export const curriculumRecords = {
  consumes: consumes as ReadonlyArray<EventType>,
  init: (): CurriculumRecords => new Map(),
  evolve: (records: CurriculumRecords, event: AnyEvent): CurriculumRecords => {
    const known = records.get(event.runid)
    const next = known === undefined ? begun(event) : goneOn(known, event)
    return next === undefined ? records : records.set(event.runid, next)
  }
}

const begun = (event: AnyEvent): CurriculumRecord | undefined =>
  event.type === "CurriculumStarted"
    ? { name: event.runid, started: event.data, began: event.time, requested: [] }
    : undefined

const goneOn = (record: CurriculumRecord, event: AnyEvent): CurriculumRecord => {
  if (event.type === "CurriculumStepRequested") {
    const { step } = event.data
    const isKnown = record.requested.some(({ id }) => id === step.id)
    return isKnown ? record : { ...record, requested: [...record.requested, step] }
  }
  if (event.type === "CurriculumCompleted" && record.completed === undefined) {
    return { ...record, completed: { at: event.time, policies: event.data.policies } }
  }
  return record
}

/** The runs that the steps of a curriculum perform: their ids, in order. */
export const runsOf = (steps: ReadonlyArray<CurriculumStep>): ReadonlyArray<string> => [
  ...new Set(steps.flatMap((step) => ("runId" in step ? [step.runId] : [])))
]

/** Stages that a policy goes through; the student is not the policy. */
export const isPolicyStage = (stage: CurriculumStage): boolean => stage !== "student"
