import { Deferred, Effect } from "effect"
import type { RunProgress } from "../../../actors/run-monitor/progress.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { hostManagers } from "../hostSystem.ts"
import { performStep, type StepProgress } from "./performStep.ts"
import type { CurriculumPlan } from "./planCurriculum.ts"
import { startCurriculum } from "./startCurriculum.ts"
import { watchCurriculum } from "./watchCurriculum.ts"

/** Who hears how a curriculum gets on. */
export interface CurriculumListener<E1, R1, E2, R2> {
  /** Whether it was begun before. */
  readonly onStart: (resumed: boolean) => Effect.Effect<void>
  /** Of each step: which one it is, from 0, and how it gets on, for as long as the scope lives. */
  readonly onStep: (
    request: DataOf<"CurriculumStepRequested">,
    place: number,
    progress: StepProgress
  ) => Effect.Effect<void, E1, R1>
  readonly onStepDone: (request: DataOf<"CurriculumStepRequested">) => Effect.Effect<void, E2, R2>
}

/** A run of a curriculum that is no full success. */
export interface IncompleteRun {
  readonly runId: string
  readonly failed: number
  readonly parked: number
}

/**
 * Performs a curriculum to its end, hosting its actors in this process. The process manager `curriculum` says in the log which
 * step is due; one after the other is done here. One that was begun before goes on where it stood. Tells which of its runs lack
 * trajectories, since they failed or lie in the dead letters.
 */
export const performCurriculum = Effect.fn("performCurriculum")(
  function* <E1, R1, E2, R2>(
    plan: CurriculumPlan,
    { onStart, onStep, onStepDone }: CurriculumListener<E1, R1, E2, R2>
  ) {
    const watched = yield* watchCurriculum(plan.name)
    const fatal = yield* Deferred.make<never, AppendError>()
    yield* hostManagers(plan.settings, { wanted: () => true, watchers: [watched.watcher] }, fatal)
    const stored = watched.started()
    yield* startCurriculum(plan, stored)
    yield* onStart(stored !== undefined)
    while (true) {
      const due = yield* Effect.raceFirst(watched.due, Deferred.await(fatal))
      if (due.kind === "completed") return incompleteRuns(plan.steps, watched.progress)
      const { place, request } = due
      yield* performStep({ plan, watched, fatal }, request, (progress) => onStep(request, place, progress))
      yield* Effect.raceFirst(watched.done(request.step.id), Deferred.await(fatal))
      yield* onStepDone(request)
    }
  },
  (effect) => Effect.scoped(effect)
)

const incompleteRuns = (
  steps: ReadonlyArray<CurriculumStep>,
  progressOf: (runId: string) => RunProgress | undefined
): ReadonlyArray<IncompleteRun> =>
  steps.flatMap((step) => {
    if (step.kind === "dataset" || step.kind === "training") return []
    const { failed = 0, parked = 0 } = progressOf(step.runId) ?? {}
    return failed + parked === 0 ? [] : [{ runId: step.runId, failed, parked }]
  })
