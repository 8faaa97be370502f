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
  readonly failAt?: (step: number, request: DataOf<"TrainingRequested">) => TrainingError | undefined
  /** Where weights are kept; on the disk when absent. */
  readonly store?: WeightStore
}

/** Keeps the weights of folders. */
export interface WeightStore {
  readonly write: (folder: string, weights: string) => void
  readonly read: (folder: string) => string | undefined
}

/** Folders that no disk has. */
export const memoryStore = (): WeightStore => {
  const folders = new Map<string, string>()
  return { write: (folder, weights) => void folders.set(folder, weights), read: (folder) => folders.get(folder) }
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
  const store = script.store ?? diskStore
  let weights = `${request.base.sha256}:${settings.seed}`
  if (from !== undefined) {
    const stored = store.read(from.folder)
    if (stored === undefined) {
      const detail = `${from.folder}: the checkpoint is gone; put it back`
      return yield* new TrainingError({ detail, retryable: false })
    }
    weights = stored
  }
  const first = (from?.step ?? 0) + 1
  const last = Math.min(script.steps, first - 1 + settings.checkpointEvery)
  const steps: Array<StepReport> = []
  for (let step = first; step <= last; step++) {
    weights = hash("sha256", `${weights}:${step}`, "hex")
    const told = stepReport(request, step, script.steps)
    steps.push(told)
    yield* report(trainingId, told)
    if (script.stepTakes !== undefined) yield* Effect.sleep(script.stepTakes)
    const failure = script.failAt?.(step, request)
    if (failure !== undefined) return yield* failure
  }
  const overview = {
    executor: "scripted, one thread",
    parameters: { total: 64, trainable: 64 },
    examples: request.dataset.rows,
    steps: script.steps
  }
  return { overview, steps, end: endOf(request, { store, weights, step: last, of: script.steps }) }
})

interface Standing {
  readonly store: WeightStore
  readonly weights: string
  readonly step: number
  readonly of: number
}

const endOf = (request: DataOf<"TrainingRequested">, { store, weights, step, of }: Standing): LegEnd => {
  const sha256 = hash("sha256", weights, "hex")
  const folder = step === of ? outputFolder(request).policy : checkpointFolder(request, step)
  store.write(folder, weights)
  return step === of
    ? { kind: "completed", policy: { folder, sha256 } }
    : { kind: "checkpoint", checkpoint: { step, folder, sha256, bytes: weights.length } }
}

const weightsFile = "weights.txt"

/** Folders that appear when they are complete. */
const diskStore: WeightStore = {
  write: (folder, weights) => {
    const building = `${folder}.partial`
    mkdirSync(building, { recursive: true })
    writeFileSync(join(building, weightsFile), weights)
    rmSync(folder, { recursive: true, force: true })
    renameSync(building, folder)
  },
  read: (folder) => {
    const file = join(folder, weightsFile)
    return existsSync(file) ? readFileSync(file, "utf8") : undefined
  }
}

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
