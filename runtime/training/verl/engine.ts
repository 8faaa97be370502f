import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, FileSystem } from "effect"
import { HttpClient } from "effect/http"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { LegOutcome, StepReport, TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { type Environment, findTool } from "../../files/programs.ts"
import type { ExternalEngine } from "../external/externalEngine.ts"
import { diskRefused, refused } from "../external/failures.ts"
import { writeFiles } from "../external/files.ts"
import { consoleLog, runTool } from "../external/runTool.ts"
import { countParameters, publishFolder } from "../external/trainedFolder.ts"
import { loggedSteps, readStepMetrics, stepReport } from "./consoleMetrics.ts"
import { layout, workFolder } from "./layout.ts"
import { lackOfQuestions, type OnlineGrpo, onlineGrpo } from "./objective.ts"
import { filesOf } from "./plan.ts"
import { requestedQuestions } from "./questions.ts"
import { scheduleOf } from "./schedule.ts"
import { type Services, servicesIn } from "./services.ts"

const pythonVariable = "SMARTSEARCH_PYTHON"

/**
 * GRPO by verl (https://github.com/volcengine/verl) on Ray, with rollouts, searches and rewards of its own. The environment
 * says where they are made, or else what is configured.
 */
export const makeVerl = (
  environment: Environment,
  configured: Partial<Services> = {}
): Effect.Effect<ExternalEngine, never, FileSystem.FileSystem | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const client = yield* HttpClient.HttpClient
    const services = servicesIn(environment, configured)
    const files = (request: TrainingRequest) =>
      Effect.provideService(filesFor(request, services), FileSystem.FileSystem, fileSystem)
    const prepare = Effect.fnUntraced(function* (request: TrainingRequest) {
      yield* accepted(request)
      const { files: all, commands } = yield* files(request)
      const folder = workFolder(request)
      yield* writeFiles(request, folder, all)
      return { folder, commands }
    })
    const ready = Effect.fnUntraced(function* (request: TrainingRequest) {
      yield* accepted(request)
      const python = yield* requireVerl(environment)
      yield* Effect.provideService(requireRewards(services), HttpClient.HttpClient, client)
      return python
    })
    return {
      ready,
      files,
      prepare,
      train: Effect.fn("verl.train")(function* ({ request }) {
        const python = yield* ready(request)
        yield* prepare(request)
        const steps = yield* runTraining(request, environment)
        return yield* conclude(request, python, steps)
      })
    }
  })

const understood = (request: TrainingRequest): Effect.Effect<OnlineGrpo, TrainingError> =>
  Effect.mapError(Effect.fromResult(onlineGrpo(request)), refused)

/** The objective of a request that verl can do, with how it generates its rollouts. */
const accepted = Effect.fnUntraced(function* (request: TrainingRequest) {
  const objective = yield* understood(request)
  const lack = lackOfQuestions(request, objective)
  return lack === undefined ? objective : yield* refused(lack)
})

/** The Python that has verl. */
const requireVerl = Effect.fnUntraced(function* (environment: Environment) {
  const python = findTool("python3", pythonVariable, environment)
  const advice = `install it (pip install verl), or set ${pythonVariable} to a Python that has it, or use --dry-run to write its files only`
  if (python === undefined) {
    const named = environment[pythonVariable]
    const where = named ? `${pythonVariable} is "${named}", which is no program` : "python3 is not in PATH"
    return yield* refused(`verl needs Python: ${where}; ${advice}`)
  }
  const probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('verl') is None)"
  const found = yield* Effect.callback<boolean>((resume) => {
    execFile(python, ["-c", probe], { env: environment }, (error) => resume(Effect.succeed(error === null)))
  })
  return found ? python : yield* refused(`${python} has no module verl; ${advice}`)
})

const requireRewards = Effect.fnUntraced(function* ({ rewardUrl }: Services) {
  const client = yield* HttpClient.HttpClient
  const answers = yield* client.get(`${rewardUrl.replace(/\/$/, "")}/health`).pipe(
    Effect.map(({ status }) => status === 200),
    Effect.timeout("5 seconds"),
    Effect.catch(() => Effect.succeed(false))
  )
  if (answers) return
  return yield* refused(
    `no reward service answers at ${rewardUrl}; start one (smartsearch serve reward), or set SMARTSEARCH_REWARD_URL`
  )
})

const filesFor = Effect.fnUntraced(function* (request: TrainingRequest, services: Services) {
  const objective = yield* understood(request)
  const questions = yield* requestedQuestions(request)
  const files = yield* Effect.tryPromise({
    try: () => filesOf(request, objective, questions, services),
    catch: diskRefused
  })
  return { files, commands: [`sh ${layout.launch}`] }
})

/** Trains. The steps are those since the very beginning. */
const runTraining = Effect.fnUntraced(function* (request: TrainingRequest, environment: Environment) {
  const folder = workFolder(request)
  const schedule = scheduleOf(request, (yield* accepted(request)).rollouts)
  const tell = yield* TrainingProgress
  yield* runTool({
    program: "/bin/sh",
    args: [layout.launch],
    folder,
    environment,
    onLine: (line) => {
      const metrics = readStepMetrics(line)
      const report = metrics === undefined ? undefined : stepReport(metrics, schedule)
      return report === undefined ? Effect.void : tell(request.trainingId, report)
    }
  })
  const log = join(folder, consoleLog)
  const text = yield* Effect.tryPromise({ try: () => readFile(log, "utf8"), catch: diskRefused })
  const steps: Array<StepReport> = []
  for (const metrics of loggedSteps(text.split("\n"))) {
    const report = stepReport(metrics, schedule)
    if (report === undefined) {
      return yield* refused(
        `${log}: the loss of step ${metrics.step} is no number: the training diverged; try a lower learning rate`
      )
    }
    steps.push(report)
  }
  if (steps.length < schedule.steps) {
    return yield* refused(
      `${log}: it tells ${steps.length} of ${schedule.steps} steps; remove the folder and train anew`
    )
  }
  return steps
})

const conclude = Effect.fnUntraced(function* (
  request: TrainingRequest,
  python: string,
  steps: ReadonlyArray<StepReport>
): Effect.fn.Return<LegOutcome, TrainingError> {
  const checkpoints = join(workFolder(request), layout.checkpoints)
  const last = yield* Effect.tryPromise({
    try: () => readFile(join(checkpoints, "latest_checkpointed_iteration.txt"), "utf8"),
    catch: diskRefused
  })
  const trained = join(checkpoints, `global_step_${last.trim()}`, "actor", "huggingface")
  const policy = yield* publishFolder(trained, outputFolder(request).policy)
  const total = yield* countParameters(policy.folder)
  return {
    overview: {
      executor: `verl (${python})`,
      parameters: { total, trainable: total },
      examples: request.dataset.rows,
      steps: steps.length
    },
    steps,
    end: { kind: "completed", policy }
  }
})
