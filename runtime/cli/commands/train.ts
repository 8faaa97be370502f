import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { planTraining, type TrainingPlan } from "../../system/training/planTraining.ts"
import type { ObjectiveKind } from "../../system/training/trainingSettings.ts"
import { externalEngines } from "../../training/engines.ts"
import { CommandFailed } from "../commandFailed.ts"
import { configFlags, settingsOf } from "../configOptions.ts"
import { root } from "../root.ts"
import { print, printJson } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"
import { trainingOverride } from "../training/overrides.ts"
import { performTraining } from "../training/performTraining.ts"
import { tellOutcome } from "../training/tellOutcome.ts"

const folder = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("DIR"), Flag.withDescription(description))

const flags = {
  model: folder("model", "The policy to start from, in Hugging Face's layout"),
  reference: folder("reference", "The frozen policy that dpo and grpo compare with (default: the model)").pipe(
    Flag.optional
  ),
  data: Flag.String("data").pipe(
    Flag.withMetavar("DIR|FILE"),
    Flag.withDescription("What to learn from: a folder of `datasets build`, or a file in one of its formats")
  ),
  out: folder("out", "Folder of all that the training writes; the same command goes on with what is there"),
  engine: Flag.Literals("engine", ["local", "llama-factory", "verl"]).pipe(
    Flag.withDescription("What trains (default: as configured, else local)"),
    Flag.optional
  ),
  name: Flag.String("name").pipe(
    Flag.withDescription("Name of the trained policy (default: that of the output folder)"),
    Flag.optional
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the training (default: run.seed)"), Flag.optional),
  run: Flag.String("run").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("The run that the training belongs to (default: none)"),
    Flag.optional
  ),
  config: configFlags.config,
  set: Flag.String("set").pipe(
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDescription("Change a hyperparameter, e.g. epochs=1 or lora.rank=16; can be repeated"),
    Flag.atLeast(0)
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Write the files of llama-factory or verl and tell the commands, but start nothing"),
    Flag.withDefault(false)
  )
}

const objectiveCommand = (objective: ObjectiveKind, description: string) =>
  Command.make(
    objective,
    flags,
    Effect.fn(`train.${objective}`)(function* ({ config, set, run, dryRun, ...given }) {
      const named = Option.match(run, { onNone: () => [], onSome: (name) => [`run.name=${name}`] })
      const changes = set.map((change) => trainingOverride(objective, change))
      const settings = yield* settingsOf({ config, set: [...changes, ...named] })
      const { model, data, out } = given
      const plan = yield* planTraining({
        ...{ objective, settings, model, data, out },
        reference: Option.getOrUndefined(given.reference),
        engine: Option.getOrUndefined(given.engine),
        name: Option.getOrUndefined(given.name),
        seed: Option.getOrUndefined(given.seed),
        run: Option.getOrUndefined(run)
      })
      if (dryRun) return yield* prepare(plan)
      yield* checkEngine(plan)
      yield* tellOutcome(plan, yield* performTraining(plan, settings))
    })
  ).pipe(Command.withDescription(description))

/** Fails before anything is written or stored when an engine outside this process is missing. */
const checkEngine = ({ request }: TrainingPlan) =>
  request.engine === "local"
    ? Effect.void
    : Effect.flatMap(externalEngines[request.engine], ({ ready }) => ready(request))

/** Writes the files of an engine outside this process, and tells what would be started. */
const prepare = Effect.fnUntraced(function* ({ request }: TrainingPlan) {
  const { json } = yield* root
  const { engine } = request
  if (engine === "local") {
    const detail = "--dry-run: the local engine trains in this process and writes no files to look at; leave it out"
    return yield* new CommandFailed({ detail })
  }
  const { folder, commands } = yield* Effect.flatMap(externalEngines[engine], (external) => external.prepare(request))
  if (json) return yield* printJson({ training: request.trainingId, engine, folder, commands })
  yield* print(`The files are in ${fromHere(folder)}; to be run there:`)
  for (const command of commands) yield* print(`  ${command}`)
})

export const train = Command.make("train").pipe(
  Command.withDescription("Train a policy: sft, dpo, grpo"),
  Command.withSubcommands([
    objectiveCommand("sft", "Imitate demonstrations: supervised fine-tuning (stage 1)"),
    objectiveCommand("dpo", "Prefer the better of two answers: direct preference optimization (stage 2)"),
    objectiveCommand("grpo", "Prefer the better rollouts of a group: group relative policy optimization (stage 3)")
  ])
)
