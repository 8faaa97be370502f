import { Deferred, Effect, Exit, Queue } from "effect"
import { curriculum } from "../../../actors/curriculum/curriculum.ts"
import { type CurriculumInput, curriculumOf } from "../../../actors/curriculum/evolve.ts"
import { nextStep } from "../../../actors/curriculum/state.ts"
import { progressOf, type RunProgress } from "../../../actors/run-monitor/progress.ts"
import { runMonitor } from "../../../actors/run-monitor/runMonitor.ts"
import type { AnyEvent, EventOf } from "../../../events/envelope.ts"
import type { DataOf } from "../../../events/registry.ts"
import { training } from "../../../projections/training/training.ts"
import type { Running } from "../../actor-host/hostProcessManagers.ts"
import { type WatchedTraining, watchTraining } from "../training/watchTraining.ts"

/** What a curriculum is to do next, as its log tells. */
export type Due =
  | { readonly kind: "step"; readonly request: DataOf<"CurriculumStepRequested">; readonly place: number }
  | { readonly kind: "completed"; readonly result: DataOf<"CurriculumCompleted"> }

/** A curriculum that is being watched, with the runs and trainings that are its steps. */
export interface WatchedCurriculum {
  /** Watches where process managers are hosted: it reads what they read, and emits nothing. */
  readonly watcher: Running
  /** How it was started; undefined when no event of it was seen. */
  readonly started: () => DataOf<"CurriculumStarted"> | undefined
  /** Waits until a step is due that is not done, or until all are. */
  readonly due: Effect.Effect<Due>
  /** Waits until the log shows that a step is done. */
  readonly done: (stepId: string) => Effect.Effect<unknown>
  readonly progress: (runId: string) => RunProgress | undefined
  /** Waits until a run has ended; tells why when it was given up. */
  readonly runEnd: (runId: string) => Effect.Effect<string | undefined>
  /** A training, with all that the log told of it. */
  readonly training: (trainingId: string) => Effect.Effect<WatchedTraining>
}

/** Folds the events of a curriculum as they come, and those of its runs and trainings. */
export const watchCurriculum = Effect.fnUntraced(function* (curriculumId: string) {
  const changed = yield* Queue.sliding<void>(1)
  const runs = watchRuns()
  const trainings = watchTrainings()
  const requests = new Map<string, DataOf<"CurriculumStepRequested">>()
  let started: DataOf<"CurriculumStarted"> | undefined
  let completed: DataOf<"CurriculumCompleted"> | undefined
  let state = curriculum.init()

  const take = (event: AnyEvent) => {
    runs.take(event)
    trainings.take(event)
    if (isInput(event) && (event.runid === curriculumId || state.ofRun.has(event.runid))) {
      state = curriculum.evolve(state, event)
      if (event.type === "CurriculumStarted") started ??= event.data
      if (event.type === "CurriculumStepRequested") requests.set(event.data.step.id, event.data)
      if (event.type === "CurriculumCompleted") completed ??= event.data
      Queue.offerUnsafe(changed, undefined)
    }
    return []
  }
  const current = (): Due | undefined => {
    if (completed !== undefined) return { kind: "completed", result: completed }
    const managed = curriculumOf(state, curriculumId)
    const place = managed && nextStep(managed)
    const request = place === undefined ? undefined : requests.get(managed?.steps[place]?.id ?? "")
    return place === undefined || request === undefined ? undefined : { kind: "step", request, place }
  }
  const untilKnown = <A>(look: () => A | undefined) =>
    Effect.gen(function* () {
      while (true) {
        const found = look()
        if (found !== undefined) return found
        yield* Queue.take(changed)
      }
    })
  const watched: WatchedCurriculum = {
    watcher: { types: new Set([...consumed, ...runMonitor.consumes, ...training.consumes]), take },
    started: () => started,
    due: untilKnown(current),
    done: (stepId) => untilKnown(() => curriculumOf(state, curriculumId)?.done.has(stepId) === true || undefined),
    progress: runs.progress,
    runEnd: runs.end,
    training: trainings.watch
  }
  return watched
})

const consumed = new Set<string>(curriculum.consumes)
const isInput = (event: AnyEvent): event is CurriculumInput & AnyEvent => consumed.has(event.type)

const monitored = new Set<string>(runMonitor.consumes)
const isMonitored = (event: AnyEvent): event is EventOf<(typeof runMonitor.consumes)[number]> & AnyEvent =>
  monitored.has(event.type)

/** Every run, as the run monitor sees it. */
const watchRuns = () => {
  let state = runMonitor.init()
  const ends = new Map<string, Deferred.Deferred<string | undefined>>()
  const endOf = (runId: string) => {
    const known = ends.get(runId) ?? Deferred.makeUnsafe<string | undefined>()
    ends.set(runId, known)
    return known
  }
  return {
    take: (event: AnyEvent): void => {
      if (!isMonitored(event)) return
      state = runMonitor.evolve(state, event)
      if (event.type === "RunCompleted") Deferred.doneUnsafe(endOf(event.runid), Exit.succeed(undefined))
      if (event.type === "RunFailed") Deferred.doneUnsafe(endOf(event.runid), Exit.succeed(event.data.reason))
    },
    progress: (runId: string) => progressOf(state, runId),
    end: (runId: string) => Effect.suspend(() => Deferred.await(endOf(runId)))
  }
}

const ofTraining = new Set<string>(training.consumes)

/** Every training. One that is watched from now on is told first what came before. */
const watchTrainings = () => {
  const past: Array<AnyEvent> = []
  const watchers = new Map<string, WatchedTraining>()
  return {
    take: (event: AnyEvent): void => {
      if (!ofTraining.has(event.type)) return
      past.push(event)
      for (const { watcher } of watchers.values()) watcher.take(event)
    },
    watch: Effect.fnUntraced(function* (trainingId: string) {
      const known = watchers.get(trainingId)
      if (known !== undefined) return known
      const watched = yield* watchTraining(trainingId)
      for (const event of past) watched.watcher.take(event)
      watchers.set(trainingId, watched)
      return watched
    })
  }
}
