import { join } from "node:path"
import { Effect } from "effect"
import type { ExampleByObjective, ObjectiveKind } from "../../../../actors/trainer/examples.ts"
import type { StepReport } from "../../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest, TrainingSettings } from "../../../../events/training.ts"
import { modelDigest } from "../../../models/qwen2/modelFolder.ts"
import { openExecutor } from "../../../tensors/executors.ts"
import { openTraining } from "../localTraining.ts"

/** A training of a small policy: what it starts from, what it learns and how. */
export interface Lesson<K extends ObjectiveKind> {
  /** Unique in `folder`, where the trained policy is written. */
  readonly name: string
  readonly folder: string
  /** The policy that it starts from. */
  readonly from: string
  /** The frozen policy that it is compared with; `from` when absent. */
  readonly reference?: string
  readonly objective: Extract<TrainingRequest["objective"], { readonly kind: K }>
  readonly examples: ReadonlyArray<ExampleByObjective[K]>
  readonly settings: Partial<TrainingSettings>
}

/** A lesson of steps that are all alike; without `maxSteps` it goes through the examples once. */
const usual: TrainingSettings = {
  learningRate: 3e-3,
  schedule: "constant",
  warmupRatio: 0,
  epochs: 1,
  batchSize: 16,
  gradientAccumulation: 1,
  cutoffLength: 128,
  clipNorm: 1,
  adam: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 },
  weightDecay: 0.01,
  maskResults: true,
  seed: 1,
  checkpointEvery: 1000,
  keepCheckpoints: 1
}

/** Trains a policy; tells its folder and every step. */
export const learn = <K extends ObjectiveKind>(lesson: Lesson<K>) =>
  Effect.promise(async () => {
    const { examples, folder, from, name, objective, reference, settings } = lesson
    const policy = async (place: string) => ({ folder: place, sha256: await modelDigest(place) })
    const epochs = settings.maxSteps ?? usual.epochs
    const request: TrainingRequest = {
      trainingId: name,
      objective,
      engine: "local",
      base: await policy(from),
      ...(reference === undefined ? {} : { reference: await policy(reference) }),
      dataset: { file: "in memory", format: "jsonl", sha256: "", rows: examples.length },
      output: join(folder, name),
      name,
      settings: { ...usual, epochs, ...settings }
    }
    const { executor } = await openExecutor("auto")
    const training = await openTraining({ request, examples }, executor)
    const { end, steps } = await training.leg(() => undefined)
    if (end.kind !== "completed") throw new Error(`lesson ${name} has more than ${usual.checkpointEvery} steps`)
    return { policy: end.policy.folder, steps: steps as ReadonlyArray<StepReport> }
  })
