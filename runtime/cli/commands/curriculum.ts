import { relative } from "node:path"
import { Clock, Effect, Option, type Result } from "effect"
import { Command, Flag } from "effect/cli"
import { stageNames } from "../../../config/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import { stageJson } from "../../../projections/curriculum/stages.ts"
import { renderStageTable, stageTitles } from "../../../projections/curriculum/stageTable.ts"
import { percent } from "../../../projections/evaluation/format.ts"
import { evaluateStages } from "../../system/curriculum/evaluateStages.ts"
import { performCurriculum } from "../../system/curriculum/performCurriculum.ts"
import { type CurriculumPlan, planCurriculum } from "../../system/curriculum/planCurriculum.ts"
import { prepareCurriculum } from "../../system/curriculum/prepareCurriculum.ts"
import type { GivenCommand } from "../../system/curriculum/prepareNext.ts"
import { evaluateRun } from "../../system/evaluateRun.ts"
import { trainingEngines } from "../../training/engines.ts"
import { CommandFailed } from "../commandFailed.ts"
import { configFlag, configFlags, settingsOf } from "../configOptions.ts"
import { stepStanding } from "../curriculum/progress.ts"
import { stagesOverrides } from "../curriculum/stages.ts"
import { preparedJson, tellPrepared } from "../curriculum/tellPrepared.ts"
import { withoutOverrides } from "../curriculum/without.ts"
import { tellHowToGoOn } from "../interruption.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson, showProgress } from "../terminal.ts"

const flags = {
  ...configFlags,
  config: configFlag("atlas"),
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
  ),
  stages: Flag.String("stages").pipe(
    Flag.withMetavar("STAGE,STAGE"),
    Flag.withDescription(`Only these stages: ${stageNames.join(", ")} (default: curriculum.stages)`),
    Flag.optional
  ),
  engine: Flag.Literals("engine", ["local", "llama-factory", "verl"]).pipe(
    Flag.withDescription("What trains every stage (default: as configured, else local)"),
    Flag.optional
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription(
      "Train nothing: sample the data of every stage, and write the files of llama-factory (sft, dpo) and verl (grpo)"
    ),
    Flag.withDefault(false)
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

/** Performs a curriculum; for a command of a dry run, also writes what engines elsewhere need. */
const performed = Effect.fnUntraced(function* (plan: CurriculumPlan, dryRun: GivenCommand | undefined) {
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
  const prepared = dryRun === undefined ? undefined : yield* prepareCurriculum(plan, dryRun)
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  return { stages, prepared, seconds }
})

const understood = (changes: Result.Result<ReadonlyArray<string>, string>) =>
  Effect.mapError(Effect.fromResult(changes), (detail) => new CommandFailed({ detail }))

export const curriculum = Command.make(
  "curriculum",
  flags,
  Effect.fn("run.curriculum")(function* ({ config, run, seed, set, without, ...asked }) {
    const { json } = yield* root
    const named = Option.match(run, { onNone: () => [], onSome: (name) => [`run.name=${name}`] })
    const seeded = Option.match(seed, { onNone: () => [], onSome: (value) => [`run.seed=${value}`] })
    const left = yield* understood(withoutOverrides(without))
    const { dryRun, stages: only } = asked
    const engine = Option.getOrUndefined(asked.engine)
    if (dryRun && engine === "local") {
      const detail =
        "--dry-run: the local engine trains in this process and needs no files; take --engine llama-factory"
      return yield* new CommandFailed({ detail })
    }
    const chosen = Option.isNone(only) ? [] : yield* understood(stagesOverrides(only.value))
    const settings = yield* settingsOf({ config, set: [...set, ...left, ...seeded, ...chosen, ...named] })
    const plan = yield* planCurriculum({ settings, engine, dryRun })
    const configured = ["--config", config, ...set.flatMap((change) => ["--set", change])]
    const changed = [
      ...seeded.flatMap((change) => ["--set", change]),
      ...without.flatMap((part) => ["--without", part])
    ]
    const given = dryRun ? { name: plan.name, configured, changed } : undefined
    const { prepared, seconds, stages } = yield* withLog(settings.broker)(
      performed(plan, given).pipe(tellHowToGoOn(plan.name), Effect.provide(trainingEngines))
    )
    if (json) {
      const told = { run: plan.name, seconds, seed: settings.run.seed, stages: stages.map(stageJson) }
      return yield* printJson(prepared === undefined ? told : { ...told, forTraining: preparedJson(prepared) })
    }
    if (stages.length > 0) yield* print(`\n${renderStageTable(stages)}`)
    if (prepared !== undefined) return yield* tellPrepared(prepared)
    yield* print(`\nPolicies and data  ${relative(process.cwd(), plan.folder) || plan.folder}`)
    yield* print(`Curriculum         ${plan.name}: ${plan.steps.length} steps, ${seconds.toFixed(0)} s`)
  })
).pipe(
  Command.withDescription(
    "Take a policy through imitation, alignment and generalization, with an evaluation after each stage"
  )
)
