import { parseArgs } from "node:util"
import { parameterCount } from "../runtime/models/qwen2/config.ts"
import { machine, table, whole } from "./support.ts"
import { type Contender, missingTorch, startOurs, startTorch } from "./training/contender.ts"
import { describe, isModelName, type ModelName, models } from "./training/models.ts"

/**
 * How much memory training takes: the most that a process held in its first five steps, ours and PyTorch's, against what
 * weights, gradients and the two moments of AdamW take in any case; and whether it grows in the course of many steps.
 *
 *     node bench/memory.ts [--models 0.1M,1M,3M,10M,30M] [--threads 2] [--steps 500] [--python /usr/bin/python3]
 */

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "0.1M,1M,3M,10M,30M" },
    threads: { type: "string", default: "2" },
    steps: { type: "string", default: "500" },
    python: { type: "string", default: "/usr/bin/python3" }
  }
})
const threads = Number(options.threads)
const megabytes = (bytes: number) => whole(bytes / 1e6)

const ours = (name: ModelName) => startOurs(name, threads, "compiled")
const torch = (name: ModelName) => startTorch(name, threads, { python: options.python, waiting: "asleep" })

/** The most memory that a contender held in its first five steps. One at a time: they would push each other out. */
const peakOf = async (start: Promise<Contender>): Promise<number> => {
  const contender = await start
  const { peakBytes } = await contender.take(5)
  await contender.end()
  return peakBytes
}

/** Memory held after every tenth of the steps, once as many have been made for the garbage collector to settle. */
const courseOf = async (start: Promise<Contender>, steps: number): Promise<ReadonlyArray<number>> => {
  const contender = await start
  await contender.take(steps)
  const held: Array<number> = []
  for (let tenth = 0; tenth < 10; tenth++) held.push((await contender.take(Math.ceil(steps / 10))).bytes)
  await contender.end()
  return held
}

const missing = missingTorch(options.python)
if (missing !== undefined) {
  console.error(missing)
  process.exit(1)
}
const names = options.models.split(",").map((name) => {
  if (!isModelName(name)) throw new Error(`--models are some of ${Object.keys(models).join(", ")}, not ${name}`)
  return name
})

console.log(`${machine()}\n${threads} threads`)
const rows: Array<ReadonlyArray<string>> = []
for (const name of names) {
  const [here, there] = [await peakOf(ours(name)), await peakOf(torch(name))]
  const least = 16 * parameterCount(models[name].config)
  rows.push([describe(models[name]), megabytes(least), megabytes(here), megabytes(there), (here / there).toFixed(2)])
}
console.log(table(["model", "least, MB", "ours, peak MB", "PyTorch, peak MB", "ratio"], rows))

const [smallest] = names
if (smallest !== undefined) {
  const steps = Number(options.steps)
  const [here, there] = [await courseOf(ours(smallest), steps), await courseOf(torch(smallest), steps)]
  console.log(`\n${smallest}: MB held after every tenth of ${steps} steps, which follow as many others`)
  console.log(`ours:    ${here.map(megabytes).join(" ")}`)
  console.log(`PyTorch: ${there.map(megabytes).join(" ")}`)
}
