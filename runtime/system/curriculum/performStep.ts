import { Deferred, Effect } from "effect"
import type { RunProgress } from "../../../actors/run-monitor/progress.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { buildRunDatasets } from "../datasets.ts"
import { planRun } from "../planRun.ts"
import { startRun } from "../startRun.ts"
import { planTraining } from "../training/planTraining.ts"
import { refuse } from "../training/trainingRefused.ts"
import { trainWatched } from "../training/trainPolicy.ts"
import type { WatchedTraining } from "../training/watchTraining.ts"
import { forgetRun, hostRun } from "./hostRun.ts"
import { asStudent, type CurriculumPlan, settingsOfStep } from "./planCurriculum.ts"
import type { WatchedCurriculum } from "./watchCurriculum.ts"

/** How a step gets on, for whoever watches. */
export type StepProgress =
  | { readonly kind: "run"; readonly progress: () => RunProgress | undefined }
  | { readonly kind: "dataset" }
  | { readonly kind: "training"; readonly training: WatchedTraining }

/** What a step is performed with. */
export interface Performing {
  readonly plan: CurriculumPlan
  readonly watched: WatchedCurriculum
  readonly fatal: Deferred.Deferred<never, AppendError>
}

type Request<K extends CurriculumStep["kind"]> = Omit<DataOf<"CurriculumStepRequested">, "step"> & {
  readonly step: Extract<CurriculumStep, { readonly kind: K }>
}

const isOf = <K extends CurriculumStep["kind"]>(
  request: DataOf<"CurriculumStepRequested">,
  ...kinds: ReadonlyArray<K>
): request is Request<K> => kinds.some((kind) => kind === request.step.kind)

/**
 * Does what a step asks for, as far as it is not done: a run goes on where it stood, a training from its last checkpoint, a
 * dataset is folded anew, to the same bytes. What shows that it is done is in the log afterwards.
 */
export const performStep = <E, R>(
  performing: Performing,
  request: DataOf<"CurriculumStepRequested">,
  onBegin: (progress: StepProgress) => Effect.Effect<void, E, R>
) => {
  if (isOf(request, "evaluation", "agreement", "rollout")) return performRollouts(performing, request, onBegin)
  if (isOf(request, "dataset")) return buildDataset(request, onBegin)
  if (isOf(request, "training")) return performTraining(performing, request, onBegin)
  return Effect.die(new Error(`no way to perform ${request.step.id}`))
}

const performRollouts = Effect.fnUntraced(
  function* <E, R>(
    { plan, watched, fatal }: Performing,
    request: Request<"evaluation" | "agreement" | "rollout">,
    onBegin: (progress: StepProgress) => Effect.Effect<void, E, R>
  ) {
    const { step } = request
    const run = yield* planRun(settingsOfStep(plan.settings, request))
    yield* onBegin({ kind: "run", progress: () => watched.progress(step.runId) })
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* hostRun(run, fatal)
        yield* startRun(run)
        const reason = yield* Effect.raceFirst(watched.runEnd(step.runId), Deferred.await(fatal))
        if (reason !== undefined) return yield* refuse(`run "${step.runId}" was given up: ${reason}`)
      })
    )
    yield* forgetRun(run)
  },
  (effect) => Effect.scoped(effect)
)

const buildDataset = Effect.fnUntraced(
  function* <E, R>({ step }: Request<"dataset">, onBegin: (progress: StepProgress) => Effect.Effect<void, E, R>) {
    yield* onBegin({ kind: "dataset" })
    yield* buildRunDatasets(step.runId, [{ kind: step.dataset, set: [], formats: [], folder: step.location }])
  },
  (effect) => Effect.scoped(effect)
)

const performTraining = Effect.fnUntraced(
  function* <E, R>(
    { plan, watched, fatal }: Performing,
    { policy, reference, step }: Request<"training">,
    onBegin: (progress: StepProgress) => Effect.Effect<void, E, R>
  ) {
    const { data, objective, output, policyName } = step
    const settings = step.stage === "student" ? asStudent(plan.settings) : plan.settings
    const training = yield* planTraining({
      ...{ objective, settings, data, out: output, name: policyName, run: plan.name, engine: plan.engine },
      model: policy?.folder ?? "",
      ...(objective === "sft" || reference === undefined ? {} : { reference: reference.folder })
    })
    const { trainingId } = training.request
    const { end } = yield* trainWatched(
      { plan: training, settings, watched: yield* watched.training(trainingId), fatal },
      (begun) => onBegin({ kind: "training", training: begun })
    )
    if (end.kind === "failed") return yield* refuse(`training ${trainingId} failed: ${end.reason}`)
  },
  (effect) => Effect.scoped(effect)
)
