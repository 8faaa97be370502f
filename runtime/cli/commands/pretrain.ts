import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { PolicyFolder } from "../../../events/training.ts"
import { count } from "../../../projections/evaluation/format.ts"
import { parameterCount } from "../../models/qwen2/config.ts"
import { describeModel } from "../../models/qwen2/modelFolder.ts"
import { makeUntrained } from "../../system/training/pretraining/makeUntrained.ts"
import {
  type PretrainingPlan,
  planImitation,
  planPretraining
} from "../../system/training/pretraining/planPretraining.ts"
import { configFlags, settingsOf } from "../configOptions.ts"
import { note } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"
import { trainingOverride } from "../training/overrides.ts"
import { performTraining } from "../training/performTraining.ts"
import { tellOutcome } from "../training/tellOutcome.ts"

const flags = {
  data: Flag.String("data").pipe(
    Flag.withMetavar("DIR|FILE"),
    Flag.withDescription("Demonstrations: a folder of `datasets build sft`, or a file in one of its formats")
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Folder of all that is written; the same command goes on with what is there")
  ),
  name: Flag.String("name").pipe(
    Flag.withDescription("Name of the trained policy (default: that of the output folder)"),
    Flag.optional
  ),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Seed of the weights and of the order of the data (default: run.seed)"),
    Flag.optional
  ),
  config: configFlags.config,
  set: Flag.String("set").pipe(
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDescription("Change the shape or a hyperparameter, e.g. hiddenSize=192 or epochs=2; can be repeated"),
    Flag.atLeast(0)
  )
}

export const pretrain = Command.make(
  "pretrain",
  flags,
  Effect.fn("pretrain")(function* ({ config, set, data, out, name, seed }) {
    const settings = yield* settingsOf({ config, set: set.map((change) => trainingOverride("pretrain", change)) })
    const asked = { name: Option.getOrUndefined(name), seed: Option.getOrUndefined(seed) }
    const plan = yield* planPretraining({ settings, data, out, ...asked })
    const untrained = plan.untrained ?? (yield* makeWithWord(plan))
    const training = yield* planImitation(plan, untrained)
    yield* tellOutcome(training, yield* performTraining(training, settings), { untrained })
  })
).pipe(Command.withDescription("Train a small policy from random weights on demonstrations"))

/** Makes the untrained policy, and says so: it takes a while. */
const makeWithWord = Effect.fnUntraced(function* (plan: PretrainingPlan) {
  yield* note(`Learning a tokenizer from ${count(plan.texts.length)} texts.`)
  const made: PolicyFolder = yield* makeUntrained(plan)
  const { config } = describeModel(made.folder)
  const size = `${count(parameterCount(config))} weights, a vocabulary of ${count(config.vocabularySize)}`
  yield* note(`Untrained policy ${fromHere(made.folder)}: ${size}.`)
  return made
})
