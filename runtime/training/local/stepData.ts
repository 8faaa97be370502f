import { perRow, perTarget } from "../../../actors/trainer/batching/alongside.ts"
import type { StepBatches } from "../../../actors/trainer/batching/batches.ts"
import type { MicroBatch } from "../../../actors/trainer/batching/microBatch.ts"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import type { HostArray } from "../../tensors/program.ts"
import { type Objective, placesOf } from "./programs.ts"
import type { SequenceLogProbs } from "./referenceLogProbs.ts"
import type { LearningItem } from "./sequences.ts"
import type { BatchInputs, StepResult } from "./stepper.ts"

/** The frozen policies that DPO and GRPO compare with, as their log-probabilities of the data. */
export interface Compared {
  readonly reference: SequenceLogProbs
  /** The policy that is taken to have written the rollouts: the one that the training starts from. */
  readonly old: SequenceLogProbs
}

/** What the programs of an objective take, for every micro-batch of an update. `compared` is there unless it imitates. */
export const inputsOf = (
  objective: Objective["kind"],
  data: StepBatches,
  items: ReadonlyArray<LearningItem>,
  compared: Compared | undefined
): ReadonlyArray<BatchInputs> =>
  data.batches.map((batch) => {
    const { ids, mask, positions, shape, targets } = batch
    const normaliser = Float32Array.of(objective === "dpo" ? data.items : data.counted)
    const alongside = compared === undefined ? {} : comparison(objective, batch, items, compared)
    return {
      shape,
      inputs: { ids, positions, places: placesOf(shape, positions, mask), targets, mask, normaliser, ...alongside }
    }
  })

const comparison = (
  objective: Objective["kind"],
  batch: MicroBatch,
  items: ReadonlyArray<LearningItem>,
  { old, reference }: Compared
): Readonly<Record<string, HostArray>> => {
  if (objective === "dpo") {
    const present = batch.rows.slice(0, batch.shape.batch / 2).map((row) => (row === undefined ? 0 : 1))
    return {
      reference: perRow(batch, ({ item, member }) => sum(reference(item, member))),
      pairs: Float32Array.from(present)
    }
  }
  return {
    old: perTarget(batch, ({ item, member }) => old(item, member)),
    reference: perTarget(batch, ({ item, member }) => reference(item, member)),
    advantages: perRow(batch, ({ item, member }) => items[item]?.advantages[member] ?? 0)
  }
}

/** What a step's report tells of the objective. Shares are sums of rounded numbers, which may end a little above 1. */
export const reported = (
  objective: Objective["kind"],
  { gradientNorm, loss, metrics }: StepResult,
  data: StepBatches,
  items: ReadonlyArray<LearningItem>
): Pick<StepReport, "loss" | "gradientNorm"> & Partial<StepReport> => {
  const metric = (name: string) => metrics[name] ?? 0
  const share = (name: string) => Math.min(1, Math.max(0, metric(name)))
  switch (objective) {
    case "sft":
      return { loss, gradientNorm, tokenAccuracy: share("tokenAccuracy") }
    case "dpo":
      return { loss, gradientNorm, preferenceAccuracy: share("preferenceAccuracy"), margin: metric("margin") }
    case "grpo":
      return {
        loss,
        gradientNorm,
        reward: meanReward(data, items),
        kl: metric("kl"),
        clipFraction: share("clipFraction")
      }
  }
}

const meanReward = (data: StepBatches, items: ReadonlyArray<LearningItem>): number => {
  const rewards = data.batches.flatMap(({ rows }) =>
    rows.flatMap((row) => (row === undefined ? [] : (items[row.item]?.rewards[row.member] ?? [])))
  )
  return sum(rewards) / Math.max(1, rewards.length)
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0)
