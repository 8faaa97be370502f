import type { AnyEvent } from "../../events/envelope.ts"
import type { DataOf, EventType } from "../../events/registry.ts"
import type { Projection } from "../projection.ts"

export type StepReport = DataOf<"TrainingStepCompleted">["report"]
export type Checkpoint = DataOf<"CheckpointSaved">["checkpoint"]

/** How a training ended. A failed one may have been gone on with later: then it has not ended. */
export type TrainingEnd =
  | { readonly kind: "completed"; readonly result: Omit<DataOf<"TrainingCompleted">, "trainingId"> }
  | {
      readonly kind: "failed"
      readonly reason: string
      /** Of the event that told it. */
      readonly eventId: string
    }

/** One training, as far as its events tell. */
export interface Training {
  readonly trainingId: string
  readonly runId: string
  request: DataOf<"TrainingRequested"> | undefined
  started: DataOf<"TrainingStarted"> | undefined
  /** By step; of one that was told twice the first telling counts. */
  readonly steps: Map<number, StepReport>
  /** By step. */
  readonly checkpoints: Map<number, Checkpoint>
  end: TrainingEnd | undefined
  /** Ids of the failures after which it was gone on with. */
  readonly overcome: Set<string>
}

/** Every training by its id. */
export type Trainings = Map<string, Training>

/** A training as a row: the steps and checkpoints in order. */
export interface TrainingRow extends Omit<Training, "steps" | "checkpoints" | "overcome"> {
  readonly steps: ReadonlyArray<StepReport>
  readonly checkpoints: ReadonlyArray<Checkpoint>
}

const consumes = [
  "TrainingRequested",
  "TrainingStarted",
  "TrainingStepCompleted",
  "CheckpointSaved",
  "TrainingCompleted",
  "TrainingFailed",
  "MessageParked"
] as const satisfies ReadonlyArray<EventType>

/** The curves and the state of every training of the log. */
export const training: Projection<Trainings, unknown, TrainingRow> = {
  name: "training",
  version: 1,
  consumes,
  shared: [],
  init: () => new Map(),
  evolve: (trainings, event) => {
    const trainingId = trainingOf(event)
    if (trainingId !== undefined) evolve(known(trainings, trainingId, event.runid), event)
    return trainings
  },
  rows: (trainings) => [...trainings.values()].sort(byId).map(rowOf)
}

/** The training as a row. */
export const rowOf = ({ overcome: _, ...training }: Training): TrainingRow => ({
  ...training,
  steps: inOrder(training.steps),
  checkpoints: inOrder(training.checkpoints)
})

/** The newest checkpoint of a training. */
export const lastCheckpoint = ({ checkpoints }: Pick<Training, "checkpoints">): Checkpoint | undefined =>
  checkpoints.get(Math.max(...checkpoints.keys()))

const trainingOf = (event: AnyEvent): string | undefined => {
  if (event.type === "MessageParked") return event.data.actor === "trainer" ? event.correlationid : undefined
  return "trainingId" in event.data ? event.data.trainingId : undefined
}

/** A training of which nothing is known yet. */
export const emptyTraining = (trainingId: string, runId: string): Training => ({
  trainingId,
  runId,
  request: undefined,
  started: undefined,
  steps: new Map(),
  checkpoints: new Map(),
  end: undefined,
  overcome: new Set()
})

const known = (trainings: Trainings, trainingId: string, runId: string): Training => {
  const found = trainings.get(trainingId) ?? emptyTraining(trainingId, runId)
  trainings.set(trainingId, found)
  return found
}

const evolve = (training: Training, event: AnyEvent): void => {
  switch (event.type) {
    case "TrainingRequested":
      training.request ??= event.data
      goOn(training, event.causationid)
      break
    case "TrainingStarted":
      training.started ??= event.data
      break
    case "TrainingStepCompleted":
      addFirst(training.steps, event.data.report)
      break
    case "CheckpointSaved":
      training.request ??= event.data.request
      goOn(training, addFirst(training.checkpoints, event.data.checkpoint) ? undefined : event.causationid)
      break
    case "TrainingCompleted":
      complete(training, event.data)
      break
    case "TrainingFailed":
      fail(training, event.id, event.data.reason, event.data.step ?? 0)
      break
    case "MessageParked":
      fail(training, event.id, event.data.error)
  }
}

/** Whether the step is new. */
const addFirst = <Value extends { readonly step: number }>(values: Map<number, Value>, value: Value): boolean => {
  if (values.has(value.step)) return false
  values.set(value.step, value)
  return true
}

const complete = (training: Training, { trainingId: _, ...result }: DataOf<"TrainingCompleted">): void => {
  if (training.end?.kind !== "completed") training.end = { kind: "completed", result }
}

/** A leg that failed after a later one succeeded, since its message came again, ends nothing. */
const fail = (training: Training, eventId: string, reason: string, step = Number.POSITIVE_INFINITY): void => {
  const isStale = step < (lastCheckpoint(training)?.step ?? 0)
  if (training.end !== undefined || training.overcome.has(eventId) || isStale) return
  training.end = { kind: "failed", reason, eventId }
}

/** Takes up a training that failed; only where that failure is the `cause`, if one is named. */
const goOn = (training: Training, cause: string | undefined): void => {
  if (training.end?.kind !== "failed" || (cause ?? training.end.eventId) !== training.end.eventId) return
  training.overcome.add(training.end.eventId)
  training.end = undefined
}

const inOrder = <Value>(values: ReadonlyMap<number, Value>): ReadonlyArray<Value> =>
  [...values].sort(([left], [right]) => left - right).map(([, value]) => value)

const byId = (left: Training, right: Training): number => (left.trainingId < right.trainingId ? -1 : 1)
