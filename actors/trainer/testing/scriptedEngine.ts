import { hash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import type { DataOf } from "../../../events/registry.ts"
import { checkpointFolder, outputFolder } from "../outputFolder.ts"
import { type LegEnd, type StepReport, TrainingEngine, TrainingError, type TrainingLeg } from "../trainingEngine.ts"
import { TrainingProgress } from "../trainingProgress.ts"

export interface Script {
  /** Steps of every training. */
  readonly steps: number
  /** Milliseconds of a step; none when absent. */
  readonly stepTakes?: number
  /** What goes wrong after a step. */
  readonly failAt?: (step: number) => TrainingError | undefined
}

/**
 * An engine whose weights are a number that each step hashes with the seed: they tell of every step that was left out or done twice,
 * and checkpoints are what the next leg goes on from, as those of real engines are.
 */
export const scriptedEngine = (script: Script): TrainingEngine["Service"] =>
  TrainingEngine.of({ train: (leg) => trainScripted(script, leg) })

const trainScripted = Effect.fn("scripted.train")(function* (script: Script, { request, from }: TrainingLeg) {
  const { settings, trainingId } = request
  const report = yield* TrainingProgress
  let weights = from === undefined ? `${request.base.sha256}:${settings.seed}` : yield* readWeights(from.folder)
  const first = (from?.step ?? 0) + 1
  const last = Math.min(script.steps, first - 1 + settings.checkpointEvery)
  const steps: Array<StepReport> = []
  for (let step = first; step <= last; step++) {
    weights = hash("sha256", `${weights}:${step}`, "hex")
    const told = stepReport(request, step, script.steps)
    steps.push(told)
    yield* report(trainingId, told)
    if (script.stepTakes !== undefined) yield* Effect.sleep(script.stepTakes)
    const failure = script.failAt?.(step)
    if (failure !== undefined) return yield* failure
  }
  const overview = {
    executor: "scripted, one thread",
    parameters: { total: 64, trainable: 64 },
    examples: request.dataset.rows,
    steps: script.steps
  }
  return { overview, steps, end: endOf(request, weights, last, script.steps) }
})

const endOf = (request: DataOf<"TrainingRequested">, weights: string, step: number, steps: number): LegEnd => {
  const sha256 = hash("sha256", weights, "hex")
  if (step === steps)
    return { kind: "completed", policy: { folder: write(outputFolder(request).policy, weights), sha256 } }
  const folder = write(checkpointFolder(request, step), weights)
  return { kind: "checkpoint", checkpoint: { step, folder, sha256, bytes: weights.length } }
}

const weightsFile = "weights.txt"

/** Writes a folder that appears when it is complete. */
const write = (folder: string, weights: string): string => {
  const building = `${folder}.partial`
  mkdirSync(building, { recursive: true })
  writeFileSync(join(building, weightsFile), weights)
  rmSync(folder, { recursive: true, force: true })
  renameSync(building, folder)
  return folder
}

const readWeights = (folder: string): Effect.Effect<string, TrainingError> =>
  Effect.suspend(() => {
    const file = join(folder, weightsFile)
    return existsSync(file)
      ? Effect.succeed(readFileSync(file, "utf8"))
      : new TrainingError({ detail: `${folder}: the checkpoint is gone; put it back`, retryable: false })
  })

/** Figures that fall, rise and wave as those of a training that goes well. */
const stepReport = ({ objective, settings }: DataOf<"TrainingRequested">, step: number, of: number): StepReport => {
  const progress = step / of
  const wave = 1 + 0.1 * Math.sin(step)
  return {
    step,
    of,
    epoch: settings.epochs * progress,
    loss: round(wave * (0.2 + 2 * Math.exp(-3 * progress))),
    learningRate: settings.learningRate * (1 - progress),
    gradientNorm: round(wave * (1 + Math.exp(-2 * progress))),
    tokens: 256,
    tokensPerSecond: 1000,
    ...byObjective(objective.kind, progress)
  }
}

const byObjective = (kind: DataOf<"TrainingRequested">["objective"]["kind"], progress: number) => {
  const share = round(0.5 + progress / 2)
  if (kind === "sft") return { tokenAccuracy: share }
  return kind === "dpo"
    ? { preferenceAccuracy: share, margin: round(2 * progress) }
    : { reward: share, kl: round(0.01 * progress), clipFraction: round(0.1 * progress) }
}

const round = (value: number): number => Number(value.toFixed(4))
