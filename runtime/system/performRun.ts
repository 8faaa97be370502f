import { Effect, Layer } from "effect"
import type { RunProgress } from "../../actors/run-monitor/progress.ts"
import type { Settings } from "../../config/settings.ts"
import { hostSystem } from "./hostSystem.ts"
import type { RunPlan } from "./planRun.ts"
import { actorServices } from "./services.ts"
import { startRun } from "./startRun.ts"
import { type RunEnd, watchRun } from "./watchRun.ts"

/** The same plan under another name. */
export const renamed = (plan: RunPlan, name: string): RunPlan => {
  const settings: Settings = { ...plan.settings, run: { ...plan.settings.run, name } }
  return { ...plan, settings }
}

/**
 * Performs a run to its end, hosting every actor in this process. A run that was begun before goes on where it stood;
 * other processes that work with the same take a share of it.
 *
 * `onBegin` gets a look at the progress before the first event is stored.
 */
export const performRun = Effect.fn("performRun")(
  function* <E, R>(plan: RunPlan, onBegin: (progress: () => RunProgress | undefined) => Effect.Effect<void, E, R>) {
    const watched = yield* watchRun(plan.settings.run.name)
    yield* onBegin(watched.progress)
    // Built in the scope of the run: provided to the hosting alone, they would end as soon as that has begun.
    const services = yield* Layer.build(actorServices(plan.settings, [plan.retriever]))
    const failure = yield* hostSystem(plan.settings, { retriever: plan.retriever, watchers: [watched.watcher] }).pipe(
      Effect.provideContext(services)
    )
    yield* startRun(plan)
    const end: RunEnd = yield* Effect.raceFirst(watched.end, failure)
    return { end, progress: watched.progress() }
  },
  (effect) => Effect.scoped(effect)
)
