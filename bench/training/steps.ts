import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { divideIntoBatches } from "../../actors/trainer/batching/batches.ts"
import { stepScalars } from "../../actors/trainer/optimizer/adamW.ts"
import { parameterCount, parameterShapes, type Qwen2Config } from "../../runtime/models/qwen2/config.ts"
import { initializeWeights } from "../../runtime/models/qwen2/initialize.ts"
import { compiledExecutor } from "../../runtime/tensors/compiled/compiledExecutor.ts"
import { eagerBackends } from "../../runtime/tensors/eager/backends.ts"
import { eagerExecutor } from "../../runtime/tensors/eager/eagerExecutor.ts"
import type { HostTensor } from "../../runtime/tensors/program.ts"
import { stateNames } from "../../runtime/training/local/policy.ts"
import { inputsOf } from "../../runtime/training/local/stepData.ts"
import { stepper } from "../../runtime/training/local/stepper.ts"
import { isModelName, models } from "./models.ts"

/**
 * Training steps of a Qwen2 model as the local engine makes them, for comparison with `bench/torch/train.py`: forward,
 * cross-entropy, backward, clipping, AdamW. First it tells about itself in one line of JSON; then each line of input, a
 * number of steps, is answered with one line: the milliseconds of each of them, the last loss, and the process's memory.
 *
 *     node bench/training/steps.ts [--executor compiled|wasm] [--model 1M] [--threads 2]
 */

const { values: options } = parseArgs({
  options: {
    executor: { type: "string", default: "compiled" },
    model: { type: "string", default: "1M" },
    threads: { type: "string", default: "2" }
  }
})

/** Random weights, and the optimizer's moments of 0. */
const initial = (config: Qwen2Config): Readonly<Record<string, HostTensor>> => {
  const state: Record<string, HostTensor> = {}
  for (const [name, values] of Object.entries(initializeWeights(config, 0))) {
    const shape = parameterShapes(config)[name] ?? []
    state[name] = { shape, values }
    state[stateNames.mean(name)] = { shape, values: new Float32Array(values.length) }
    state[stateNames.squares(name)] = { shape, values: new Float32Array(values.length) }
  }
  return state
}

const tell = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

const name = options.model
if (!isModelName(name)) throw new Error(`--model is one of ${Object.keys(models).join(", ")}, not ${name}`)
const { batch, config, length } = models[name]
const executor =
  options.executor === "wasm"
    ? await eagerExecutor(eagerBackends.wasm)
    : compiledExecutor({ threads: Number(options.threads) })

const random = () => Int32Array.from({ length }, () => Math.floor(Math.random() * config.vocabularySize))
const sequences = Array.from({ length: 8 * batch }, () => ({ ids: random(), mask: new Uint8Array(length).fill(1) }))
const batches = divideIntoBatches(
  sequences.map((sequence) => [sequence]),
  { batchSize: batch, accumulation: 1, cutoffLength: length, seed: 0, shapes: { count: 1, multiple: 16 } }
)
const adam = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 }
const { take } = stepper({
  executor,
  state: executor.state(initial(config)),
  policy: { config, lora: undefined },
  objective: { kind: "sft" },
  settings: { adam, clipNorm: 1 },
  accumulation: 1
})

let done = 0
const step = async () => {
  const begun = performance.now()
  done++
  const inputs = inputsOf("sft", batches.step(done), [], undefined)
  const { loss } = await take(inputs, stepScalars({ ...adam, weightDecay: 0.1 }, done, 1e-3))
  return { milliseconds: performance.now() - begun, loss }
}

tell({ version: executor.description, parameters: parameterCount(config) })
for await (const line of createInterface({ input: process.stdin })) {
  const milliseconds: Array<number> = []
  let loss = Number.NaN
  for (let left = Number(line); left > 0; left--) {
    const taken = await step()
    milliseconds.push(taken.milliseconds)
    loss = taken.loss
  }
  tell({ milliseconds, loss, bytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 })
}
