import { availableParallelism, loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { parameterCount } from "../runtime/models/qwen2/config.ts"
import { initializeWeights } from "../runtime/models/qwen2/initialize.ts"
import { writeGguf } from "./generation/gguf.ts"
import { installLlamaCpp, startLlamaCpp, version } from "./generation/llamaCpp.ts"
import { type Generate, models, promptsOf, type Workload } from "./generation/models.ts"
import { startOurs } from "./generation/ours.ts"
import { alternate, inTemporaryFolder, machine, median, spread, table } from "./support.ts"

/**
 * How many tokens a second are generated greedily for several sequences at once, reading their prompts included: ours, ours with
 * weights of 8 bits, ours one sequence after the other, and llama.cpp (through node-llama-cpp) on the same weights. llama.cpp runs
 * with all threads and with one, of which the faster is the reference: its threads spin, and on a machine that others use too
 * several are many times slower than one (then leave them out). Ours takes as many as it does by itself, unless it is told.
 *
 *     node bench/generation.ts [--models 1M,10M] [--sequences 1,8,32] [--prompt 32] [--new 96] [--threads N]
 *       [--llama-threads 1,2] [--repetitions 5]
 */

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "1M,10M" },
    sequences: { type: "string", default: "1,8,32" },
    prompt: { type: "string", default: "32" },
    new: { type: "string", default: "96" },
    threads: { type: "string" },
    "llama-threads": { type: "string", default: [...new Set([1, availableParallelism()])].join() },
    repetitions: { type: "string", default: "5" }
  }
})
const threads = options.threads === undefined ? {} : { threads: Number(options.threads) }
const repetitions = Number(options.repetitions)
const llamaThreads = options["llama-threads"].split(",").map(Number)

/** Tokens a second of one round; the rounds of all ways have prompts of their own. */
const rounds = (workload: Workload) => {
  let round = 0
  return (generate: Generate) => async () => {
    const prompts = promptsOf(workload, `${workload.sequences}/${round++}`)
    const begun = performance.now()
    const found = await generate(prompts, workload)
    const seconds = (performance.now() - begun) / 1000
    return found.reduce((sum, tokens) => sum + tokens.length, 0) / seconds
  }
}

/** How many of the sequences begin with the same token in both ways: half floats in llama.cpp's cache let them part later. */
const agreement = async (workload: Workload, one: Generate, other: Generate | undefined): Promise<string> => {
  const prompts = promptsOf(workload, "agreement")
  const [ours, theirs] = [await one(prompts, workload), (await other?.(prompts, workload)) ?? []]
  return `${ours.filter(([first], index) => first === theirs[index]?.[0]).length} of ${prompts.length}`
}

const compare = async (name: string, folder: string, entry: string): Promise<void> => {
  const config = models[name]
  if (config === undefined) throw new Error(`--models are some of ${Object.keys(models).join(", ")}, not ${name}`)
  // With a larger deviation than usual, so that greedy generation does not repeat one token.
  const weights = initializeWeights(config, 1, 0.1)
  const file = join(folder, `${name}.gguf`)
  writeGguf(file, config, weights)
  const llama = await startLlamaCpp(entry, file)
  const [ours, int8, single] = [
    await startOurs(config, weights, threads),
    await startOurs(config, weights, { ...threads, precision: "int8" }),
    await startOurs(config, weights, { ...threads, maxBatch: 1 })
  ]
  const rows: Array<ReadonlyArray<string>> = []
  for (const sequences of options.sequences.split(",").map(Number)) {
    const workload = { sequences, promptTokens: Number(options.prompt), newTokens: Number(options.new) }
    const contextSize = workload.promptTokens + workload.newTokens
    const theirs = new Map<string, Awaited<ReturnType<typeof llama.start>>>()
    for (const count of llamaThreads) {
      theirs.set(`llama.cpp, ${count} thread(s)`, await llama.start(sequences, contextSize, count))
    }
    const same = await agreement(workload, ours.generate, [...theirs.values()][0]?.generate)
    const ways = new Map([
      [`ours (first tokens as llama.cpp's: ${same})`, ours.generate],
      ["ours, weights of 8 bits", int8.generate],
      ["ours, one after the other", single.generate],
      ...[...theirs].map(([way, { generate }]) => [way, generate] as const)
    ])
    const measure = rounds(workload)
    for (const generate of ways.values()) await measure(generate)()
    const rates = await alternate(
      repetitions,
      Object.fromEntries([...ways].map(([way, generate]) => [way, measure(generate)]))
    )
    const medians = new Map(Object.entries(rates).map(([way, measured]) => [way, median(measured)]))
    const reference = Math.max(...[...theirs.keys()].map((way) => medians.get(way) ?? 0))
    for (const [way, measured] of Object.entries(rates)) {
      rows.push([String(sequences), way, spread(measured), (median(measured) / reference).toFixed(2)])
    }
    for (const { end } of theirs.values()) await end()
  }
  for (const engine of [ours, int8, single]) await engine.end()
  const { heads, hiddenSize, layers, vocabularySize } = config
  const size = `width ${hiddenSize}, ${layers} layers, ${heads} heads, vocabulary ${vocabularySize}`
  console.log(`\n${name}: ${(parameterCount(config) / 1e6).toFixed(2)} million parameters (${size})`)
  console.log(table(["sequences", "way", "tokens/s, median [lowest–highest]", "ratio"], rows))
}

const load = loadavg()[0]?.toFixed(1)
console.log(
  `${machine()}\nnode-llama-cpp ${version}; ours: ${options.threads ?? "the usual number of"} thread(s); ${options.new} tokens after ${options.prompt}`
)
console.log(`${repetitions} repetitions; load of the machine when it began: ${load}`)
const entry = installLlamaCpp()
await inTemporaryFolder(async (folder) => {
  for (const name of options.models.split(",")) await compare(name, folder, entry)
})
process.exit(0)
