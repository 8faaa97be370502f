import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { benchmarkMetrics, type RunEvaluation } from "../../../projections/evaluation/evaluate.ts"
import { renderTables } from "../../../projections/evaluation/table.ts"
import { abandonRun } from "../../system/abandonRun.ts"
import { evaluateRun } from "../../system/evaluateRun.ts"
import { planRun, type RunPlan } from "../../system/planRun.ts"
import { type ConfigFlags, configFlags, settingsOf } from "../configOptions.ts"
import { tellHowToGoOn } from "../interruption.ts"
import { failIfIncomplete, type Performed, performWithProgress } from "../performing.ts"
import { root, withLog } from "../root.ts"
import { print, printJson } from "../terminal.ts"
import { curriculum } from "./curriculum.ts"

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

interface Evaluated {
  readonly performed: Performed
  readonly figures: RunEvaluation | undefined
}

const planned = Effect.fnUntraced(function* (flags: ConfigFlags, changes: ReadonlyArray<string>) {
  const name = Option.match(flags.run, { onNone: () => [], onSome: (run) => [`run.name=${run}`] })
  const settings = yield* settingsOf({ config: flags.config, set: [...changes, ...flags.set, ...name] })
  return { settings, plan: yield* planRun(settings) }
})

const performed = (plan: RunPlan) => performWithProgress(plan).pipe(tellHowToGoOn(plan.settings.run.name))

const rollout = Command.make(
  "rollout",
  configFlags,
  Effect.fn("run.rollout")(function* (flags) {
    const { settings, plan } = yield* planned(flags, [])
    yield* Effect.flatMap(withLog(settings.broker)(performed(plan)), report)
  })
).pipe(Command.withDescription("Let the policy answer questions; score every query, refine the bad ones, regenerate"))

/** Greedy, and without branches: what the policy does by itself. */
const asEvaluation = ["policy.sampling.temperature=0", "run.samples=1", "refinement.enabled=false"]

const reportEvaluation = Effect.fnUntraced(function* ({ performed, figures }: Evaluated) {
  const { json } = yield* root
  const { runId, seconds, events } = performed
  const metrics = figures === undefined ? {} : benchmarkMetrics(figures)
  if (json) yield* printJson({ run: runId, seconds, events, metrics })
  else if (figures !== undefined) yield* print(renderTables(figures))
  yield* failIfIncomplete(performed)
})

const evaluate = Command.make(
  "evaluate",
  configFlags,
  Effect.fn("run.evaluate")(function* (flags) {
    const { settings, plan } = yield* planned(flags, asEvaluation)
    const evaluated = yield* withLog(settings.broker)(
      Effect.gen(function* () {
        const done = yield* performed(plan)
        const { figures } = yield* evaluateRun(done.runId)
        return { performed: done, figures }
      })
    )
    yield* reportEvaluation(evaluated)
  })
).pipe(Command.withDescription("Measure a policy: greedy answers, no refinement, and the evaluation table"))

const abandon = Command.make(
  "abandon",
  {
    name: Argument.String("name").pipe(Argument.withDescription("Name of an unfinished run")),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the log"), Flag.withDefault("abandoned"))
  },
  Effect.fn("run.abandon")(function* ({ name, reason }) {
    const { json } = yield* root
    yield* withLog()(abandonRun(name, reason))
    yield* json
      ? printJson({ run: name, reason })
      : print(`Run "${name}" is given up; what it stored stays in the log.`)
  })
).pipe(Command.withDescription("Give an unfinished run up"))

export const run = Command.make("run").pipe(
  Command.withDescription("Perform a run on this machine: rollout, evaluate, curriculum, abandon"),
  Command.withSubcommands([rollout, evaluate, curriculum, abandon])
)
