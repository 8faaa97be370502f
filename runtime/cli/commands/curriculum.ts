import { relative } from "node:path"
import { Clock, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { stageNames } from "../../../config/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import { stageJson } from "../../../projections/curriculum/stages.ts"
import { renderStageTable, stageTitles } from "../../../projections/curriculum/stageTable.ts"
import { percent } from "../../../projections/evaluation/format.ts"
import { evaluateStages } from "../../system/curriculum/evaluateStages.ts"
import { performCurriculum } from "../../system/curriculum/performCurriculum.ts"
import { type CurriculumPlan, planCurriculum } from "../../system/curriculum/planCurriculum.ts"
import { evaluateRun } from "../../system/evaluateRun.ts"
import { trainingEngines } from "../../training/engines.ts"
import { CommandFailed } from "../commandFailed.ts"
import { configFlags, settingsOf } from "../configOptions.ts"
import { stepStanding } from "../curriculum/progress.ts"
import { withoutOverrides } from "../curriculum/without.ts"
import { tellHowToGoOn } from "../interruption.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson, showProgress } from "../terminal.ts"

const flags = {
  ...configFlags,
  config: configFlags.config.pipe(Flag.withDefault("atlas")),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Seed of all that is drawn: questions, tokens, order of the examples (default: run.seed)"),
    Flag.optional
  ),
  without: Flag.String("without").pipe(
    Flag.withMetavar("[STAGE.]PART"),
    Flag.withDescription(
      `Leave a part of the method out, in one stage (${stageNames.join(", ")}) or in all: process-reward, refinement; can be repeated`
    ),
    Flag.atLeast(0)
  )
}

/** Tells what the policy reached, as soon as an evaluation is done. */
const tellEvaluation = Effect.fnUntraced(function* ({ step }: DataOf<"CurriculumStepRequested">) {
  if (step.kind !== "evaluation") return
  const measures = (yield* evaluateRun(step.runId)).figures?.overall.initial
  if (measures === undefined) return
  const { em, f1, perfectRate } = measures
  yield* note(
    `${stageTitles[step.stage]} on ${step.set}: EM ${percent(em)}, F1 ${percent(f1)}, perfect ${percent(perfectRate)}`
  )
})

const performed = Effect.fnUntraced(function* (plan: CurriculumPlan) {
  const begun = yield* Clock.currentTimeMillis
  const { name, steps } = plan
  yield* performCurriculum(plan, {
    onStart: (resumed) =>
      resumed ? note(`Curriculum "${name}" was begun before: going on where it stood.`) : Effect.void,
    onStep: ({ step }, place, progress) =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const standing = stepStanding(progress, () => clock.currentTimeMillisUnsafe())
        yield* showProgress(`${place + 1}/${steps.length} ${step.id}`, standing)
      }),
    onStepDone: tellEvaluation
  })
  const stages = yield* evaluateStages(steps)
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  return { stages, seconds }
})

export const curriculum = Command.make(
  "curriculum",
  flags,
  Effect.fn("run.curriculum")(function* ({ config, run, seed, set, without }) {
    const { json } = yield* root
    const named = Option.match(run, { onNone: () => [], onSome: (name) => [`run.name=${name}`] })
    const seeded = Option.match(seed, { onNone: () => [], onSome: (value) => [`run.seed=${value}`] })
    const left = yield* Effect.mapError(
      Effect.fromResult(withoutOverrides(without)),
      (detail) => new CommandFailed({ detail })
    )
    const settings = yield* settingsOf({ config, set: [...set, ...left, ...seeded, ...named] })
    const plan = yield* planCurriculum({ settings, dryRun: false })
    const { seconds, stages } = yield* withLog(settings.broker)(
      performed(plan).pipe(tellHowToGoOn(plan.name), Effect.provide(trainingEngines))
    )
    if (json) {
      return yield* printJson({ run: plan.name, seconds, seed: settings.run.seed, stages: stages.map(stageJson) })
    }
    yield* print(`\n${renderStageTable(stages)}`)
    yield* print(`\nPolicies and data  ${relative(process.cwd(), plan.folder) || plan.folder}`)
    yield* print(`Curriculum         ${plan.name}: ${plan.steps.length} steps, ${seconds.toFixed(0)} s`)
  })
).pipe(
  Command.withDescription(
    "Take a policy through imitation, alignment and generalization, with an evaluation after each stage"
  )
)
