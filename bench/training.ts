import { parseArgs } from "node:util"
import { parameterCount } from "../runtime/models/qwen2/config.ts"
import { alternate, machine, median, spread, table, whole } from "./support.ts"
import { type Contender, missingTorch, startOurs, startTorch } from "./training/contender.ts"
import { matmulRate } from "./training/matmulRate.ts"
import { describe, flopsPerStep, isModelName, type ModelName, models, tokensPerStep } from "./training/models.ts"

/**
 * How many tokens a second a full training step takes in (forward, cross-entropy, backward, clipping, AdamW): ours compiled
 * for onnxruntime-node, PyTorch, and ours on tfjs's WebAssembly backend, one after the other in turns. And how much of the
 * machine ours uses: the operations that the step's matrix products need, at its median speed, over what a 1024³ product
 * alone reaches in onnxruntime-node at its best.
 *
 *     node bench/training.ts [--models 1M,10M] [--threads 2] [--repetitions 5] [--python /usr/bin/python3] [--without-wasm]
 */

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "1M,10M" },
    threads: { type: "string", default: "2" },
    repetitions: { type: "string", default: "5" },
    python: { type: "string", default: "/usr/bin/python3" },
    "without-wasm": { type: "boolean", default: false }
  }
})
const threads = Number(options.threads)
const repetitions = Number(options.repetitions)

/** Steps of one repetition, warmed up: as many as fill about two seconds. */
const warmedUp = async (contender: Contender): Promise<() => Promise<number>> => {
  const first = median((await contender.take(1)).milliseconds)
  const second = first > 2000 ? first : median((await contender.take(2)).milliseconds)
  const steps = Math.max(1, Math.min(50, Math.round(2000 / second)))
  return async () => median((await contender.take(steps)).milliseconds)
}

/** Starts what trains: PyTorch in both of its ways to wait, of which the faster one is the reference, then ours. */
const startAll = (name: ModelName) =>
  Promise.all([
    startTorch(name, threads, { python: options.python, waiting: "asleep" }),
    startTorch(name, threads, { python: options.python, waiting: "spinning" }),
    startOurs(name, threads, "compiled"),
    ...(options["without-wasm"] ? [] : [startOurs(name, threads, "wasm")])
  ])

const compare = async (name: ModelName) => {
  const trained = models[name]
  const contenders = await startAll(name)
  const variants: Record<string, () => Promise<number>> = { matmul: await matmulRate(threads) }
  for (const contender of contenders) {
    if (contender.parameters !== parameterCount(trained.config)) {
      throw new Error(`${contender.version} trains another model, of ${contender.parameters} parameters`)
    }
    const milliseconds = await warmedUp(contender)
    variants[contender.version] = async () => (tokensPerStep(trained) * 1000) / (await milliseconds())
  }
  const { matmul = [], ...measured } = await alternate(repetitions, variants)
  await Promise.all(contenders.map((contender) => contender.end()))

  const [asleep = [], spinning = [], ours = []] = Object.values(measured)
  const reference = Math.max(median(asleep), median(spinning))
  const rows = Object.entries(measured).map(([version, rates]) => [
    version,
    spread(rates),
    (median(rates) / reference).toFixed(2)
  ])
  const used = (median(ours) / tokensPerStep(trained)) * flopsPerStep(trained)
  const limit = Math.max(...matmul)
  console.log(`\n${describe(trained)}`)
  console.log(table(["way", "tokens/s, median [lowest–highest]", "ratio"], rows))
  console.log(
    `Products of a step compiled here: ${whole(used / 1e9)} GFLOP/s; a 1024³ product alone: ${whole(limit / 1e9)} GFLOP/s; share ${(used / limit).toFixed(2)}`
  )
}

const missing = missingTorch(options.python)
if (missing !== undefined) {
  console.error(missing)
  process.exit(1)
}
console.log(`${machine()}\n${threads} threads, ${repetitions} repetitions`)
for (const name of options.models.split(",")) {
  if (!isModelName(name)) throw new Error(`--models are some of ${Object.keys(models).join(", ")}, not ${name}`)
  await compare(name)
}
