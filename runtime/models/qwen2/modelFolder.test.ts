import { hash } from "node:crypto"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { parameterShapes, type Qwen2Config, sizeOf } from "./config.ts"
import { configText } from "./configFile.ts"
import { initializeWeights } from "./initialize.ts"
import { describeModel, modelDigest, openModel } from "./modelFolder.ts"
import { writeSafetensors } from "./safetensors.ts"
import { saveModel } from "./saveModel.ts"
import { thrownBy, tinyConfig } from "./testing/tiny.ts"

type Shapes = Readonly<Record<string, ReadonlyArray<number>>>

/** A folder with tensors of these shapes, as another program may have written it. */
const writeFolder = (folder: string, config: Qwen2Config, shapes: Shapes): void => {
  writeFileSync(join(folder, "config.json"), configText(config, { type: "float32", endOfText: [], earlier: undefined }))
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    return { name, shape, values: () => new Float32Array(sizeOf(shape)).fill(name.length) }
  })
  writeSafetensors(join(folder, "model.safetensors"), tensors, "float32")
}

const tied = parameterShapes(tinyConfig)
const untiedConfig = { ...tinyConfig, tiedEmbeddings: false }

describe("openModel", () => {
  it.effect.each<readonly [string, Qwen2Config, Shapes]>([
    ["a head beside tied embeddings", tinyConfig, parameterShapes(untiedConfig)],
    ["tables of an old version", tinyConfig, { ...tied, "model.layers.0.self_attn.rotary_emb.inv_freq": [2] }],
    ["a head of its own", untiedConfig, parameterShapes(untiedConfig)]
  ])("reads exactly the model's parameters of a folder with %s", ([, config, shapes]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFolder(folder, config, shapes)
      const model = openModel(folder)
      const all = model.all()
      assert.deepStrictEqual(model.config, config)
      assert.deepStrictEqual(Object.keys(all), Object.keys(parameterShapes(config)))
      assert.deepStrictEqual(all["model.norm.weight"], new Float32Array(8).fill(17))
      assert.deepStrictEqual(model.weight("model.norm.weight"), all["model.norm.weight"])
      assert.strictEqual(
        thrownBy(() => model.weight("model.nothing")),
        `${folder}: the model has no parameter model.nothing`
      )
    })
  )

  const { "model.norm.weight": _, "model.layers.0.self_attn.q_proj.bias": __, ...withoutTwo } = tied
  it.effect.each<readonly [string, Shapes]>([
    ["2 missing: model.layers.0.self_attn.q_proj.bias, model.norm.weight", withoutTwo],
    ["1 unexpected: model.extra", { ...tied, "model.extra": [1] }],
    ["1 of another shape: model.norm.weight is [4] instead of [8]", { ...tied, "model.norm.weight": [4] }],
    [
      "26 missing: model.embed_tokens.weight, model.layers.0.self_attn.q_proj.weight, model.layers.0.self_attn.q_proj.bias and 23 more; 1 unexpected: x",
      { x: [1] }
    ]
  ])("refuses weights of another model: %s", ([problems, shapes]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFolder(folder, tinyConfig, shapes)
      assert.strictEqual(
        thrownBy(() => openModel(folder)),
        `${folder}: its weights are not those that config.json describes (${problems})`
      )
    })
  )

  it.effect("says what a folder lacks", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFolder(folder, tinyConfig, tied)
      rmSync(join(folder, "model.safetensors"))
      assert.strictEqual(
        thrownBy(() => openModel(folder)),
        `${join(folder, "model.safetensors")}: there is no such file`
      )
      rmSync(join(folder, "config.json"))
      assert.strictEqual(
        thrownBy(() => openModel(folder)),
        `${join(folder, "config.json")}: there is no such file`
      )
    })
  )

  it.effect("takes the end of text from where it is said, and what is said about sampling", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const say = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
      writeFolder(folder, tinyConfig, tied)
      say("tokenizer.json", { added_tokens: [{ id: 7, content: "<e>" }] })
      say("tokenizer_config.json", { eos_token: { content: "<e>" } })
      assert.deepStrictEqual(describeModel(folder).generation, { endOfText: [7] })
      const text = configText(tinyConfig, { type: "float32", endOfText: [6], earlier: undefined })
      writeFileSync(join(folder, "config.json"), text)
      assert.deepStrictEqual(describeModel(folder).generation, { endOfText: [6] })
      say("generation_config.json", { top_k: 4 })
      assert.deepStrictEqual(describeModel(folder).generation, { endOfText: [6], topK: 4 })
      say("generation_config.json", { eos_token_id: [5, 6] })
      assert.deepStrictEqual(describeModel(folder).generation, { endOfText: [5, 6] })
    })
  )
})

describe("a divided model", () => {
  const index = "model.safetensors.index.json"

  it.effect("is written in files of at most the given size, with an index, and read again", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "model")
      const weights = initializeWeights(tinyConfig, 1)
      saveModel(folder, { config: tinyConfig, weights, type: "float32", mostBytesPerFile: 2000 })
      const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"))
      assert.deepStrictEqual(files, [
        "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors"
      ])
      const { metadata, weight_map } = JSON.parse(readFileSync(join(folder, index), "utf8"))
      assert.deepStrictEqual(Object.keys(weight_map), Object.keys(tied))
      assert.strictEqual(
        metadata.total_size,
        Object.values(tied).reduce((sum, shape) => sum + 4 * sizeOf(shape), 0)
      )
      assert.deepStrictEqual(openModel(folder).all(), weights)
    })
  )

  it.effect.each<readonly [string, unknown, (folder: string) => string]>([
    ["a missing file", { a: "b.safetensors" }, (folder) => `${join(folder, "b.safetensors")}: there is no such file`],
    ["another folder", { a: "../b.safetensors" }, (folder) => `${join(folder, index)}: ../b.safetensors is in another`],
    [
      "a file without it",
      { a: "c.safetensors" },
      (folder) => `${join(folder, index)}: a not in the file where it says`
    ],
    ["no name", { a: 1 }, (folder) => `${join(folder, index)}: weight_map.a: `]
  ])("whose index places a weight in %s is refused", ([, weight_map, message]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFolder(folder, tinyConfig, {})
      rmSync(join(folder, "model.safetensors"))
      writeSafetensors(join(folder, "c.safetensors"), [], "float32")
      writeFileSync(join(folder, index), JSON.stringify({ weight_map }))
      const thrown = thrownBy(() => openModel(folder))
      assert.isTrue(thrown.startsWith(message(folder)), thrown)
    })
  )
})

describe("modelDigest", () => {
  it.effect("is that of the lines of sha256sum, and does not mind other files", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFolder(folder, tinyConfig, tied)
      const lineOf = (name: string) => `${hash("sha256", readFileSync(join(folder, name)), "hex")}  ${name}\n`
      const digest = yield* Effect.promise(() => modelDigest(folder))
      assert.strictEqual(digest, hash("sha256", lineOf("config.json") + lineOf("model.safetensors"), "hex"))
      writeFileSync(join(folder, "README.md"), "A model.")
      writeFileSync(join(folder, "optimizer.safetensors"), "")
      assert.strictEqual(yield* Effect.promise(() => modelDigest(folder)), digest)
      writeFileSync(join(folder, "tokenizer.json"), "{}")
      assert.notStrictEqual(yield* Effect.promise(() => modelDigest(folder)), digest)
    })
  )

  it.effect("fails for a folder without a model", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const failure = yield* Effect.flip(Effect.tryPromise({ try: () => modelDigest(folder), catch: String }))
      assert.include(failure, `${folder}: there is no model in it`)
    })
  )
})
