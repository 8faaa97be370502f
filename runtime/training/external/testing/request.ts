import type { TrainingRequest, TrainingSettings } from "../../../../events/training.ts"

/** What the paper trains SFT with (METHOD: full, ZeRO-3, bf16, 3 epochs of 2 × 8 examples a device). */
const settings: TrainingSettings = {
  learningRate: 7e-6,
  schedule: "cosine",
  warmupRatio: 0.1,
  epochs: 3,
  batchSize: 2,
  gradientAccumulation: 8,
  cutoffLength: 16384,
  clipNorm: 1,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  weightDecay: 0,
  maskResults: true,
  seed: 42,
  checkpointEvery: 50,
  keepCheckpoints: 2,
  devices: { precision: "bf16", zeroStage: 3 }
}

/** A request of fine-tuning as in the paper, with these changes. */
export const requestWith = ({
  settings: changed,
  ...changes
}: Partial<Omit<TrainingRequest, "settings">> & {
  readonly settings?: Partial<TrainingSettings>
} = {}): TrainingRequest => ({
  trainingId: "t1",
  objective: { kind: "sft" },
  engine: "llama-factory",
  base: { folder: "/models/base", sha256: "base" },
  dataset: { file: "/data/sft.jsonl", format: "jsonl", sha256: "data", rows: 2 },
  output: "/out/sft",
  name: "policy",
  ...changes,
  settings: { ...settings, ...changed }
})
