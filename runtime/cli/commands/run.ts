import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { planRun } from "../../system/planRun.ts"
import { type ConfigFlags, configFlags, settingsOf } from "../configOptions.ts"
import { failIfIncomplete, type Performed, performWithProgress } from "../performing.ts"
import { root, withLog } from "../root.ts"
import { print, printJson } from "../terminal.ts"

const report = Effect.fnUntraced(function* (performed: Performed) {
  const { json } = yield* root
  const { runId, seconds, events, progress } = performed
  if (json) yield* printJson({ run: runId, seconds, events, progress })
  else {
    const trajectories = progress?.assessed ?? 0
    yield* print(
      `Run "${runId}": ${trajectories} trajectories assessed in ${seconds.toFixed(1)} s, ${events} events in the log.`
    )
    yield* print(`Next: smartsearch datasets build sft --run ${runId} --out out/${runId}/sft`)
  }
  yield* failIfIncomplete(performed)
})

const performing = Effect.fnUntraced(function* (flags: ConfigFlags, changes: ReadonlyArray<string>) {
  const name = Option.match(flags.run, { onNone: () => [], onSome: (run) => [`run.name=${run}`] })
  const settings = yield* settingsOf({ config: flags.config, set: [...changes, ...flags.set, ...name] })
  const plan = yield* planRun(settings)
  return yield* withLog(settings.broker)(performWithProgress(plan))
})

const rollout = Command.make(
  "rollout",
  configFlags,
  Effect.fn("run.rollout")(function* (flags) {
    yield* Effect.flatMap(performing(flags, []), report)
  })
).pipe(Command.withDescription("Let the policy answer questions; score every query, refine the bad ones, regenerate"))

/** Greedy, and without branches: what the policy does by itself. */
const asEvaluation = ["policy.sampling.temperature=0", "run.samples=1", "refinement.enabled=false"]

const evaluate = Command.make(
  "evaluate",
  configFlags,
  Effect.fn("run.evaluate")(function* (flags) {
    yield* Effect.flatMap(performing(flags, asEvaluation), report)
  })
).pipe(Command.withDescription("Measure a policy: greedy answers, no refinement, and the evaluation table"))

export const run = Command.make("run").pipe(
  Command.withDescription("Perform a run on this machine: rollout, evaluate"),
  Command.withSubcommands([rollout, evaluate])
)
