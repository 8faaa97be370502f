import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Stream } from "effect"
import type { TrainingRequest } from "../events/training.ts"
import { openEngine } from "../runtime/models/onnx/engine.ts"
import { linearNames, parameterCount, type Qwen2Config } from "../runtime/models/qwen2/config.ts"
import { initializeWeights } from "../runtime/models/qwen2/initialize.ts"
import { modelDigest } from "../runtime/models/qwen2/modelFolder.ts"
import { saveModel } from "../runtime/models/qwen2/saveModel.ts"
import { saveTokenizer, trainTokenizer } from "../runtime/models/qwen2/trainTokenizer.ts"
import { openExecutor } from "../runtime/tensors/executors.ts"
import { openTraining } from "../runtime/training/local/localTraining.ts"
import { inTemporaryFolder, machine, table, whole } from "./support.ts"

/**
 * Whether a model of Qwen2.5-0.5B's shapes fits this machine: a folder of random weights in bfloat16 is written, loaded and
 * generated from, in 32 and in 8 bits, and trained with a low-rank adapter for two steps, the first of which compiles. Each
 * task is a process of its own: its seconds, and the most memory that it held.
 *
 *     node bench/halfBillion.ts [--layers 24]
 */

const { values: options } = parseArgs({
  options: { layers: { type: "string", default: "24" }, task: { type: "string" }, folder: { type: "string" } }
})

/** Qwen2.5-0.5B (its `config.json` on Hugging Face). */
const config: Qwen2Config = {
  vocabularySize: 151_936,
  hiddenSize: 896,
  intermediateSize: 4864,
  layers: Number(options.layers),
  heads: 14,
  keyValueHeads: 2,
  headSize: 64,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 32_768
}

/** A line of the result: what was done, and in how many seconds. */
type Told = readonly [name: string, seconds: number]

const timed = async <A>(told: Array<Told>, name: string, task: () => Promise<A>): Promise<A> => {
  const begun = performance.now()
  const result = await task()
  told.push([name, (performance.now() - begun) / 1000])
  return result
}

const write = async (folder: string, told: Array<Told>): Promise<void> => {
  const tokenizer = await trainTokenizer([], { vocabularySize: 300 })
  await timed(told, "draw random weights, write them in bfloat16", async () => {
    saveModel(folder, { config, weights: initializeWeights(config, 1), type: "bfloat16" })
    saveTokenizer(folder, tokenizer)
  })
}

const sampling = { temperature: 0, topP: 1, topK: 0, maxNewTokens: 32, stop: [], stopTokens: [], ignoreEndOfText: true }

const generate = (precision: "float32" | "int8") => async (folder: string, told: Array<Told>) => {
  const prompt = Array.from({ length: 64 }, (_, index) => (index * 7919) % config.vocabularySize)
  const begun = performance.now()
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const engine = yield* openEngine(folder, { cacheTokens: 1024, maxBatch: 4, precision })
        told.push([`load for generation, ${precision}`, (performance.now() - begun) / 1000])
        yield* Effect.promise(() =>
          timed(told, `generate 32 tokens after 64, ${precision}`, () =>
            Effect.runPromise(Stream.runDrain(engine.generate({ prompt, sampling })))
          )
        )
      })
    )
  )
}

const settings: TrainingRequest["settings"] = {
  learningRate: 1e-4,
  schedule: "constant",
  warmupRatio: 0,
  epochs: 1,
  maxSteps: 2,
  batchSize: 2,
  gradientAccumulation: 1,
  cutoffLength: 256,
  clipNorm: 1,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  weightDecay: 0,
  maskResults: true,
  seed: 1,
  lora: { rank: 8, alpha: 16, targets: [...linearNames] },
  checkpointEvery: 100,
  keepCheckpoints: 2
}

const train = async (folder: string, told: Array<Told>): Promise<void> => {
  const text = "x".repeat(96)
  const user = "y".repeat(120)
  const examples = ["1", "2", "3", "4"].map((id) => ({
    id,
    system: "",
    user,
    text,
    loss: [{ start: 0, end: text.length }]
  }))
  const request: TrainingRequest = {
    trainingId: "half-billion",
    objective: { kind: "sft" },
    engine: "local",
    base: { folder, sha256: await modelDigest(folder) },
    dataset: { file: "in memory", format: "jsonl", sha256: "", rows: examples.length },
    output: join(folder, "..", "trained"),
    name: "half-billion",
    settings
  }
  const { executor } = await openExecutor("auto")
  const training = await timed(told, "load for training", () => openTraining({ request, examples }, executor))
  const saving = performance.now()
  let steps = 0
  await training.leg(({ tokens, tokensPerSecond }) => {
    steps += tokens / tokensPerSecond
    told.push([`train a step of ${tokens} tokens with an adapter of rank 8`, tokens / tokensPerSecond])
  })
  told.push(["merge the adapter, write the policy in float32", (performance.now() - saving) / 1000 - steps])
}

const tasks: Readonly<Record<string, (folder: string, told: Array<Told>) => Promise<void>>> = {
  write,
  generate: generate("float32"),
  "generate-int8": generate("int8"),
  train
}

/** Does one task in a process of its own and tells its rows, the memory beside the last. */
const inProcess = (task: string, folder: string): ReadonlyArray<ReadonlyArray<string>> => {
  const self = [fileURLToPath(import.meta.url), "--layers", options.layers, "--task", task, "--folder", folder]
  const { status, stderr, stdout } = spawnSync(process.execPath, self, { encoding: "utf8" })
  if (status !== 0) throw new Error(`${task} failed: ${stderr}`)
  const { gigabytes, told }: { readonly gigabytes: number; readonly told: ReadonlyArray<Told> } = JSON.parse(stdout)
  return told.map(([name, seconds], index) => [
    name,
    seconds.toFixed(1),
    index === told.length - 1 ? gigabytes.toFixed(2) : ""
  ])
}

const task = tasks[options.task ?? ""]
if (task !== undefined && options.folder !== undefined) {
  const told: Array<Told> = []
  await task(options.folder, told)
  process.stdout.write(JSON.stringify({ told, gigabytes: (process.resourceUsage().maxRSS * 1024) / 1e9 }))
} else {
  console.log(`${machine()}\n${whole(parameterCount(config))} parameters, ${config.layers} layers`)
  await inTemporaryFolder(async (folder) => {
    const rows = Object.keys(tasks).flatMap((name) => inProcess(name, join(folder, "model")))
    console.log(table(["task", "seconds", "most memory, GB"], rows))
  })
}
