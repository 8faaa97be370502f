import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { adapterShapes, initializeAdapter, type LoraConfig } from "./adapter.ts"
import { readAdapter, saveAdapter } from "./adapterFolder.ts"
import { linearNames, sizeOf } from "./config.ts"
import { modelDigest, openModel } from "./modelFolder.ts"
import { writeSafetensors } from "./safetensors.ts"
import { thrownBy, tinyConfig } from "./testing/tiny.ts"

const lora: LoraConfig = { rank: 2, alpha: 6, targets: ["q_proj", "down_proj"] }
const adapter = initializeAdapter(tinyConfig, lora, 1)
const saved = { config: tinyConfig, adapter, base: "Qwen/Qwen2.5-0.5B", type: "float32" } as const

const settings = "adapter_config.json"
const values = "adapter_model.safetensors"

const change = (folder: string, changes: Readonly<Record<string, unknown>>): void => {
  const file = join(folder, settings)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }))
}

const writeValues = (folder: string, shapes: Readonly<Record<string, ReadonlyArray<number>>>): void => {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    return { name, shape, values: () => new Float32Array(sizeOf(shape)) }
  })
  writeSafetensors(join(folder, values), tensors, "float32")
}

describe("an adapter's folder", () => {
  it.effect("gives back what was saved, the same bytes each time", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const [folder, other] = [join(parent, "a"), join(parent, "b")]
      saveAdapter(folder, saved)
      saveAdapter(other, saved)
      saveAdapter(other, saved)
      assert.deepStrictEqual(readAdapter(folder, tinyConfig), { ...adapter, base: saved.base })
      assert.deepStrictEqual(readdirSync(folder), [settings, values])
      const digests = yield* Effect.promise(() => Promise.all([folder, other].map(modelDigest)))
      assert.strictEqual(digests[0], digests[1])
      assert.include(readFileSync(join(folder, settings), "utf8"), '"lora_dropout": 0.0')
      assert.deepInclude(JSON.parse(readFileSync(join(folder, settings), "utf8")), {
        peft_type: "LORA",
        task_type: "CAUSAL_LM",
        r: 2,
        lora_alpha: 6,
        target_modules: ["q_proj", "down_proj"],
        base_model_name_or_path: "Qwen/Qwen2.5-0.5B"
      })
    })
  )

  it.effect("may say little, and name all linear layers at once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const every = { rank: 1, alpha: 0.5, targets: linearNames }
      const little = { peft_type: "LORA", r: 1, lora_alpha: 0.5, target_modules: "all-linear" }
      writeFileSync(join(folder, settings), JSON.stringify(little))
      writeValues(folder, adapterShapes(tinyConfig, every))
      assert.deepInclude(readAdapter(folder, tinyConfig), { lora: every, base: "" })
    })
  )

  it("is read as another program wrote it", () => {
    const torch = new URL("../../../test/fixtures/torch/", import.meta.url).pathname
    const { config } = openModel(join(torch, "gqa-tied"))
    const { lora, weights } = readAdapter(join(torch, "lora"), config)
    assert.deepStrictEqual(lora, { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "o_proj", "down_proj"] })
    assert.deepStrictEqual(Object.keys(weights).sort(), Object.keys(adapterShapes(config, lora)).sort())
  })

  it.effect.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['peft_type is "IA3"; only "LORA" is implemented', { peft_type: "IA3" }],
    ["use_rslora is true, which is not supported", { use_rslora: true }],
    ["use_dora is true, which is not supported", { use_dora: true }],
    ["fan_in_fan_out is true, which is not supported", { fan_in_fan_out: true }],
    ['bias is "all", which is not supported', { bias: "all" }],
    ['modules_to_save is ["lm_head"], which is not supported', { modules_to_save: ["lm_head"] }],
    ['rank_pattern is {"q_proj":4}, which is not supported', { rank_pattern: { q_proj: 4 } }],
    ["layers_to_transform is 0, which is not supported", { layers_to_transform: 0 }],
    ['init_lora_weights is "pissa_niter_4", which changes the model as well', { init_lora_weights: "pissa_niter_4" }],
    ['target_modules has "lm_head"; choose from q_proj, k_proj,', { target_modules: ["q_proj", "lm_head"] }],
    ['target_modules has ".*_proj"; choose from q_proj, k_proj,', { target_modules: ".*_proj" }],
    ["r: expected a positive integer", { r: 0 }],
    ['missing key "lora_alpha"', { lora_alpha: undefined }]
  ])("is refused when %s", ([message, changes]) =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "adapter")
      saveAdapter(folder, saved)
      change(folder, changes)
      const thrown = thrownBy(() => readAdapter(folder, tinyConfig))
      assert.isTrue(thrown.startsWith(`${join(folder, settings)}: ${message}`), thrown)
    })
  )

  it.effect("is refused when its values are not those of its configuration, or of the model", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "adapter")
      saveAdapter(folder, saved)
      const file = join(folder, values)
      const first = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
      assert.strictEqual(
        thrownBy(() => readAdapter(folder, { ...tinyConfig, hiddenSize: 16 })),
        `${file}: ${first} has 16 numbers, but the model needs [2,16]`
      )
      assert.strictEqual(
        thrownBy(() => readAdapter(folder, { ...tinyConfig, layers: 1 })),
        `${file}: base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight belongs to no target in the model`
      )
      const { [first]: _, ...lacking } = adapterShapes(tinyConfig, lora)
      writeValues(folder, lacking)
      assert.strictEqual(
        thrownBy(() => readAdapter(folder, tinyConfig)),
        `${file}: ${first} has no numbers, but the model needs [2,8]`
      )
      writeValues(folder, { ...adapterShapes(tinyConfig, lora), [first]: [8, 2] })
      assert.strictEqual(
        thrownBy(() => readAdapter(folder, tinyConfig)),
        `${file}: ${first} is [8,2], but the model needs [2,8]`
      )
    })
  )

  it.effect("is not written for another model, nor over a model", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      assert.include(
        thrownBy(() => saveAdapter(folder, { ...saved, config: { ...tinyConfig, layers: 1 } })),
        `${folder}: base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight belongs to no target`
      )
      writeFileSync(join(folder, "config.json"), "{}")
      assert.strictEqual(
        thrownBy(() => saveAdapter(folder, saved)),
        `${folder}: has files, but no adapter_config.json; choose another or empty it`
      )
      assert.deepStrictEqual(readdirSync(folder), ["config.json"])
    })
  )
})
