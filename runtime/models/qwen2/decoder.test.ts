import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { reshape, type Tensor1D } from "@tensorflow/tfjs-core"
import { afterAll, describe, expect, it } from "vitest"
import { mapEntries } from "../../tensors/compiled/compile.ts"
import { compiledExecutor } from "../../tensors/compiled/compiledExecutor.ts"
import { eagerBackends } from "../../tensors/eager/backends.ts"
import { eagerExecutor } from "../../tensors/eager/eagerExecutor.ts"
import type { Executor, HostTensor, Program } from "../../tensors/program.ts"
import { adapterShapes, mergeParameter } from "./adapter.ts"
import { readAdapter } from "./adapterFolder.ts"
import type { Qwen2Config } from "./config.ts"
import { hiddenStates, logitsOf } from "./decoder.ts"
import { openModel } from "./modelFolder.ts"
import { saveModel } from "./saveModel.ts"
import { largestDistance, type TorchModel, torchFolder, torchJson, torchModel, torchModels } from "./testing/torch.ts"

type Parameters = Readonly<Record<string, HostTensor>>

interface Factors {
  readonly factors: Parameters
  readonly alpha: number
  readonly rank: number
}

const logitsBy = async (
  executor: Executor,
  config: Qwen2Config,
  parameters: Parameters,
  ids: ReadonlyArray<ReadonlyArray<number>>,
  adapter?: Factors
) => {
  const [batch, length] = [ids.length, ids[0]?.length ?? 0]
  const all = { ...parameters, ...adapter?.factors }
  const program: Program = {
    name: "logits",
    inputs: { ids: { type: "int32", shape: [batch * length] } },
    state: Object.keys(all),
    build: ({ ids }, state) => {
      const beside = adapter === undefined ? {} : { adapter: { tensors: state, scale: adapter.alpha / adapter.rank } }
      const weights = { parameters: state, ...beside }
      const states = hiddenStates(config, weights, { ids: ids as Tensor1D, batch, length })
      return { outputs: { logits: reshape(logitsOf(config, weights, states), [-1]) }, updates: {} }
    }
  }
  const compiled = await executor.compile(program, executor.state(all))
  const { logits } = await compiled.run({ ids: Int32Array.from(ids.flat()) })
  await compiled.release()
  return logits ?? new Float32Array(0)
}

const executors = [
  { name: "compiled to ONNX", open: async () => compiledExecutor({ threads: 1 }) },
  { name: "on tfjs's cpu backend", open: () => eagerExecutor(eagerBackends.cpu) },
  { name: "on tfjs's wasm backend", open: () => eagerExecutor(eagerBackends.wasm) }
]

const temporary = mkdtempSync(join(tmpdir(), "smartsearch-decoder-"))
afterAll(() => rmSync(temporary, { recursive: true }))

describe.each(executors)("the decoder $name", ({ open }) => {
  it("gives the logits that PyTorch gives with an adapter, beside the weights and merged into them", async () => {
    const { model, parameters } = torchModel("gqa-tied")
    const { ids, logits } = torchJson<Pick<TorchModel, "ids" | "logits">>("lora", "logits.json")
    const adapter = readAdapter(torchFolder("lora"), model.config)
    const merged = mapEntries(parameters, ({ shape, values }, name) => ({
      shape,
      values: mergeParameter(name, values, adapter)
    }))
    const factors = mapEntries(adapterShapes(model.config, adapter.lora), (shape, name) => ({
      shape,
      values: adapter.weights[name] ?? new Float32Array(0)
    }))
    const executor = await open()
    const beside = await logitsBy(executor, model.config, parameters, ids, { factors, ...adapter.lora })
    expect(largestDistance(beside, logits.flat(2))).toBeLessThan(1e-4)
    expect(largestDistance(await logitsBy(executor, model.config, merged, ids), logits.flat(2))).toBeLessThan(1e-4)
  })

  it.each(torchModels)("gives the logits that PyTorch gives for %s", async (name) => {
    const { ids, logits, model, parameters } = torchModel(name)
    const ours = await logitsBy(await open(), model.config, parameters, ids)
    expect(largestDistance(ours, logits.flat(2))).toBeLessThan(1e-4)
  })
})

it.each(torchModels)("%s gives the same logits to the bit when it was saved and loaded", async (name) => {
  const { ids, model, parameters } = torchModel(name)
  const folder = join(temporary, name)
  saveModel(folder, { config: model.config, weights: model.all(), type: "float32", from: torchFolder(name) })
  const loaded = openModel(folder)
  const again = Object.fromEntries(
    Object.entries(parameters).map(([parameter, { shape }]) => [parameter, { shape, values: loaded.weight(parameter) }])
  )
  const executor = compiledExecutor({ threads: 1 })
  expect(await logitsBy(executor, loaded.config, again, ids)).toEqual(
    await logitsBy(executor, model.config, parameters, ids)
  )
})
