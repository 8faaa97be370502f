import { bySequence } from "../../../actors/trainer/batching/alongside.ts"
import type { Batches } from "../../../actors/trainer/batching/batches.ts"
import type { MicroBatch } from "../../../actors/trainer/batching/microBatch.ts"
import type { Model } from "../../models/qwen2/modelFolder.ts"
import type { CompiledProgram, Executor } from "../../tensors/program.ts"
import { logProbProgram, placesOf } from "./programs.ts"
import { parametersOf } from "./trainedState.ts"

/** Log-probabilities, in nats, of the targets of every sequence under a frozen policy. */
export type SequenceLogProbs = (item: number, member: number) => Float32Array

/** Reads a frozen policy's log-probabilities of all the data, in one pass over the batches of an epoch. */
export const sequenceLogProbs = async (
  executor: Executor,
  model: Model,
  batches: Batches
): Promise<SequenceLogProbs> => {
  const state = executor.state(parametersOf(model))
  const programs = new Map<string, CompiledProgram>()
  const policy = { config: model.config, lora: undefined }
  const programFor = async ({ shape }: MicroBatch): Promise<CompiledProgram> => {
    const key = `${shape.batch} ${shape.length} ${shape.targets}`
    const known = programs.get(key) ?? (await executor.compile(logProbProgram(policy, shape), state))
    programs.set(key, known)
    return known
  }
  const found = new Map<string, Float32Array>()
  for (let step = 1; step <= batches.stepsPerEpoch; step++) {
    for (const batch of batches.step(step).batches) {
      const { ids, mask, positions, shape, targets } = batch
      const inputs = { ids, positions, places: placesOf(shape, positions, mask), targets }
      const { logProbs = new Float32Array(0) } = await (await programFor(batch)).run(inputs)
      for (const { item, member, values } of bySequence(batch, logProbs)) found.set(`${item} ${member}`, values)
    }
  }
  for (const program of programs.values()) await program.release()
  state.release()
  return (item, member) => found.get(`${item} ${member}`) ?? new Float32Array(0)
}
