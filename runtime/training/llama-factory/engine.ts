import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, FileSystem } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { LegOutcome, StepReport, TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { type Environment, findTool } from "../../files/programs.ts"
import { requestedExamples } from "../examples/requestedExamples.ts"
import type { ExternalEngine } from "../external/externalEngine.ts"
import { diskRefused, refused } from "../external/failures.ts"
import { writeFiles } from "../external/files.ts"
import { runTool } from "../external/runTool.ts"
import { countParameters, publishFolder } from "../external/trainedFolder.ts"
import { lastCheckpoint } from "./checkpoints.ts"
import { demonstrationRow, preferenceRow } from "./conversation.ts"
import { layout, workFolder } from "./layout.ts"
import { objection } from "./objection.ts"
import { commandsOf, environmentOf, filesOf } from "./plan.ts"
import { loggedSteps, stepReport, trainerLogFile } from "./trainerLog.ts"
import { detailsByStep, trainerStateFile } from "./trainerState.ts"
import { watchSteps } from "./watchSteps.ts"

const tool = "llamafactory-cli"
const toolVariable = "SMARTSEARCH_LLAMAFACTORY"

/** SFT and DPO by LLaMA-Factory (https://github.com/hiyouga/LLaMA-Factory), on whatever devices it finds. */
export const makeLlamaFactory = (
  environment: Environment
): Effect.Effect<ExternalEngine, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const files = (request: TrainingRequest) =>
      Effect.provideService(filesFor(request), FileSystem.FileSystem, fileSystem)
    const prepare = Effect.fnUntraced(function* (request: TrainingRequest) {
      const { files: all, commands } = yield* files(request)
      const folder = workFolder(request)
      yield* writeFiles(request, folder, all)
      return { folder, commands }
    })
    const ready = (request: TrainingRequest) => Effect.andThen(accept(request), requireTool(environment))
    return {
      ready,
      files,
      prepare,
      train: Effect.fn("llama-factory.train")(function* ({ request }) {
        const program = yield* ready(request)
        yield* prepare(request)
        const steps = yield* runTraining(request, program, environment)
        return yield* conclude(request, program, steps)
      })
    }
  })

const accept = (request: TrainingRequest): Effect.Effect<void, TrainingError> => {
  const problem = objection(request)
  return problem === undefined ? Effect.void : Effect.fail(refused(problem))
}

const requireTool = (environment: Environment): Effect.Effect<string, TrainingError> => {
  const program = findTool(tool, toolVariable, environment)
  if (program !== undefined) return Effect.succeed(program)
  const named = environment[toolVariable]
  const where = named ? `${toolVariable} is "${named}", which is no program` : `${tool} is not in PATH`
  const advice = `install it (pip install llamafactory), or set ${toolVariable}, or use --dry-run to write its files only`
  return Effect.fail(refused(`${where}; ${advice}`))
}

const filesFor = Effect.fnUntraced(function* (request: TrainingRequest) {
  yield* accept(request)
  const rows =
    request.objective.kind === "dpo"
      ? (yield* requestedExamples("dpo", request)).map(preferenceRow)
      : (yield* requestedExamples("sft", request)).map(demonstrationRow)
  return { files: filesOf(request, rows), commands: commandsOf(request) }
})

/** Trains, and merges the adapter if there is one. The steps are those since the very beginning. */
const runTraining = Effect.fnUntraced(function* (request: TrainingRequest, program: string, environment: Environment) {
  const folder = workFolder(request)
  const log = join(folder, layout.trained, trainerLogFile)
  const report = yield* TrainingProgress
  const from = yield* lastCheckpoint(folder)
  const run = { program, folder, environment: { ...environment, ...environmentOf(request) } }
  yield* Effect.scoped(
    Effect.gen(function* () {
      const onLine = yield* watchSteps(log, (step) => report(request.trainingId, step))
      const resuming = from === undefined ? [] : [`resume_from_checkpoint=${from}`]
      yield* runTool({ ...run, args: ["train", layout.training, ...resuming], onLine })
    })
  )
  const steps = yield* stepsOf(log, join(folder, layout.trained, trainerStateFile))
  if (request.settings.lora !== undefined) {
    yield* runTool({ ...run, args: ["export", layout.export], onLine: () => Effect.void })
  }
  return steps
})

/** All steps of a finished training. Fails unless every one of them is told, with a loss that is a number. */
const stepsOf = Effect.fnUntraced(function* (log: string, state: string) {
  const [lines, details] = yield* Effect.tryPromise({
    try: async () => [(await readFile(log, "utf8")).split("\n"), detailsByStep(await readFile(state, "utf8"))] as const,
    catch: diskRefused
  })
  if (details === undefined) return yield* refused(`${state}: expected the state of a Trainer with its log_history`)
  const logged = loggedSteps(lines)
  const steps: Array<StepReport> = []
  for (const [index, step] of logged.entries()) {
    const report = stepReport(step, logged[index - 1], details.get(step.current_steps) ?? {})
    if (report === undefined) {
      const diverged = `the loss of step ${step.current_steps} is no number: the training diverged`
      return yield* refused(`${log}: ${diverged}; try a lower learning rate, or bf16 instead of fp16`)
    }
    steps.push(report)
  }
  const total = logged.at(-1)?.total_steps ?? 0
  if (steps.length < Math.max(total, 1)) {
    return yield* refused(`${log}: it tells ${steps.length} of ${total} steps; remove the folder and train anew`)
  }
  return steps
})

const conclude = Effect.fnUntraced(function* (
  request: TrainingRequest,
  program: string,
  steps: ReadonlyArray<StepReport>
): Effect.fn.Return<LegOutcome, TrainingError> {
  const folder = workFolder(request)
  const places = outputFolder(request)
  const withAdapter = request.settings.lora !== undefined
  const trained = join(folder, layout.trained)
  const policy = yield* publishFolder(withAdapter ? join(folder, layout.merged) : trained, places.policy)
  const adapter = withAdapter ? yield* publishFolder(trained, places.adapter) : undefined
  const total = yield* countParameters(policy.folder)
  return {
    overview: {
      executor: `LLaMA-Factory (${program})`,
      parameters: { total, trainable: adapter === undefined ? total : yield* countParameters(adapter.folder) },
      examples: request.dataset.rows,
      steps: steps.length
    },
    steps,
    end: { kind: "completed", policy, ...(adapter === undefined ? {} : { adapter }) }
  }
})
