import type { DataOf } from "../../../events/registry.ts"

/** A request for a small training into a folder. */
export const trainingRequest = (
  output: string,
  changes: Partial<DataOf<"TrainingRequested">> = {}
): DataOf<"TrainingRequested"> => ({
  trainingId: "sft-0123456789ab",
  objective: { kind: "sft" },
  engine: "local",
  base: { folder: "/srv/models/base", sha256: "5b9a3c1f".repeat(8) },
  dataset: { file: "/srv/out/golden/sft/sft.jsonl", format: "jsonl", sha256: "e2f3a4b5".repeat(8), rows: 12 },
  output,
  name: "imitation",
  settings: {
    learningRate: 1e-3,
    schedule: "cosine",
    warmupRatio: 0.1,
    epochs: 3,
    batchSize: 2,
    gradientAccumulation: 3,
    cutoffLength: 512,
    clipNorm: 1,
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    weightDecay: 0,
    maskResults: true,
    seed: 42,
    checkpointEvery: 2,
    keepCheckpoints: 2
  },
  ...changes
})
