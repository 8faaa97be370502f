import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { planCurriculum } from "../../system/curriculum/planCurriculum.ts"
import { trainingEngines } from "../../training/engines.ts"
import { CommandFailed } from "../commandFailed.ts"
import { configFlag, configFlags, settingsOf } from "../configOptions.ts"
import { curriculumChanges, curriculumFlags } from "../curriculum/flags.ts"
import { performWithProgress } from "../curriculum/perform.ts"
import { tellCurriculum } from "../curriculum/tell.ts"
import { tellHowToGoOn } from "../interruption.ts"
import { withLog } from "../root.ts"

const flags = {
  ...configFlags,
  config: configFlag("atlas"),
  ...curriculumFlags,
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

export const curriculum = Command.make(
  "curriculum",
  flags,
  Effect.fn("run.curriculum")(function* ({ config, dryRun, run, set, ...asked }) {
    const engine = Option.getOrUndefined(asked.engine)
    if (dryRun && engine === "local") {
      const detail =
        "--dry-run: the local engine trains in this process and needs no files; take --engine llama-factory"
      return yield* new CommandFailed({ detail })
    }
    const named = Option.match(run, { onNone: () => [], onSome: (name) => [`run.name=${name}`] })
    const changes = yield* curriculumChanges(asked)
    const settings = yield* settingsOf({ config, set: [...set, ...changes.all, ...named] })
    const plan = yield* planCurriculum({ settings, engine, dryRun })
    const configured = ["--config", config, ...set.flatMap((change) => ["--set", change])]
    const changed = [
      ...changes.lasting.flatMap((change) => ["--set", change]),
      ...asked.without.flatMap((part) => ["--without", part])
    ]
    const performed = performWithProgress(plan, dryRun ? { name: plan.name, configured, changed } : undefined)
    yield* Effect.flatMap(
      withLog(settings.broker)(performed.pipe(tellHowToGoOn(plan.name), Effect.provide(trainingEngines))),
      tellCurriculum
    )
  })
).pipe(
  Command.withDescription(
    "Take a policy through imitation, alignment and generalization, with an evaluation after each stage"
  )
)
