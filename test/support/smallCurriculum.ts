import { set } from "./configuration.ts"

/** `--set` that makes the curriculum of the atlas so small that it takes a minute or two, and still has every kind of step. */
export const smallCurriculum: ReadonlyArray<string> = set({
  "curriculum.student.questions": 12,
  "curriculum.sft.questions": 10,
  "curriculum.sft.samples": 2,
  "curriculum.dpo.questions": 8,
  "curriculum.grpo.rounds": 2,
  "curriculum.grpo.questions": 2,
  "curriculum.grpo.samples": 4,
  "curriculum.evaluation.0.limit": 6,
  "curriculum.evaluation.1.limit": 6,
  "datasets.rl.groupSize": 4,
  "refinement.maxBranches": 2,
  "training.sft.batchSize": 4,
  "training.sft.maxSteps": 3,
  "training.sft.checkpointEvery": 1,
  "training.dpo.batchSize": 2,
  "training.dpo.maxSteps": 2,
  "training.dpo.checkpointEvery": 1,
  "training.grpo.groupSize": 4,
  "training.grpo.epochs": 2,
  "training.grpo.miniBatchSize": 1,
  "training.grpo.microBatchSize": 4,
  "training.grpo.checkpointEvery": 1
})
