import { divideIntoBatches } from "../../../../actors/trainer/batching/batches.ts"
import type { Preference, RolloutGroup } from "../../../../actors/trainer/examples.ts"
import { openModel } from "../../../models/qwen2/modelFolder.ts"
import { openTokenizer } from "../../../models/qwen2/tokenizer.ts"
import { openExecutor } from "../../../tensors/executors.ts"
import { sequenceLogProbs } from "../referenceLogProbs.ts"
import { learningItems } from "../sequences.ts"

/** The policy that is judged, and the one that it is compared with. */
export interface Compared {
  readonly policy: string
  readonly reference: string
}

/** log π − log π_ref, in nats, of every learnt token of every answer of every example. */
const logRatios = async (
  { policy, reference }: Compared,
  examples: ReadonlyArray<Preference | RolloutGroup>
): Promise<ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>> => {
  const items = learningItems(await openTokenizer(policy), examples).map(({ sequences }) => sequences)
  const batches = divideIntoBatches(items, {
    batchSize: 16,
    accumulation: 1,
    cutoffLength: 128,
    seed: 0,
    shapes: { count: 1, multiple: 16 }
  })
  const { executor } = await openExecutor("auto")
  const now = await sequenceLogProbs(executor, openModel(policy), batches)
  const before = await sequenceLogProbs(executor, openModel(reference), batches)
  return items.map((sequences, item) =>
    sequences.map((_, member) => {
      const old = before(item, member)
      return Array.from(now(item, member), (value, token) => value - (old[token] ?? 0))
    })
  )
}

/** DPO's margins of any pairs, in nats: β (log π(chosen)/π_ref(chosen) − log π(rejected)/π_ref(rejected)). */
export const marginsOf = async (
  compared: Compared,
  pairs: ReadonlyArray<Preference>,
  beta: number
): Promise<ReadonlyArray<number>> =>
  (await logRatios(compared, pairs)).map(([chosen = [], rejected = []]) => beta * (sum(chosen) - sum(rejected)))

/**
 * How far the policy is from the reference, in nats a token of rollouts that it drew itself: the mean of π_ref/π − log π_ref/π − 1,
 * which estimates the KL divergence (Schulman, "Approximating KL divergence", k3).
 */
export const distanceOf = async (compared: Compared, rollouts: ReadonlyArray<RolloutGroup>): Promise<number> =>
  mean((await logRatios(compared, rollouts)).flat(2).map((ratio) => Math.exp(-ratio) + ratio - 1))

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

export const mean = (values: ReadonlyArray<number>): number => sum(values) / values.length
