import { hash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { parameterShapes } from "./config.ts"
import { initializeWeights } from "./initialize.ts"
import { modelDigest, openModel } from "./modelFolder.ts"
import { type ModelToSave, saveModel } from "./saveModel.ts"
import { thrownBy, tinyConfig } from "./testing/tiny.ts"
import { saveTokenizer, trainTokenizer } from "./trainTokenizer.ts"

const weights = initializeWeights(tinyConfig, 1)
const tiny: ModelToSave = { config: tinyConfig, weights, type: "float32" }

const readJson = (...path: ReadonlyArray<string>) => JSON.parse(readFileSync(join(...path), "utf8"))

describe("saveModel", () => {
  it.effect.each([
    ["float32", 0],
    ["float16", 2 ** -15],
    ["bfloat16", 2 ** -12]
  ] as const)("writes %s numbers that are read again as near as their type allows", ([type, tolerance]) =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "model")
      saveModel(folder, { ...tiny, type })
      const model = openModel(folder)
      assert.deepStrictEqual(model.config, tinyConfig)
      for (const [name, values] of Object.entries(model.all())) {
        const furthest = values.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (weights[name]?.[i] ?? 9))),
          0
        )
        assert.isAtMost(furthest, tolerance, name)
      }
    })
  )

  it.effect("writes the same bytes for the same model, whether its weights are given or fetched", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const reversed = Object.fromEntries(Object.entries(weights).reverse())
      const asked: Array<string> = []
      const fetch = (name: string) => {
        asked.push(name)
        return weights[name] ?? new Float32Array(0)
      }
      const digests = yield* Effect.forEach([weights, reversed, fetch], (given, i) => {
        const folder = join(parent, String(i))
        saveModel(folder, { ...tiny, weights: given, type: "bfloat16" })
        return Effect.promise(() => modelDigest(folder))
      })
      assert.deepStrictEqual(new Set(digests).size, 1)
      assert.deepStrictEqual(asked, Object.keys(parameterShapes(tinyConfig)))
      assert.strictEqual(
        hash("sha256", readFileSync(join(parent, "0", "model.safetensors")), "hex"),
        "edeb4365555b11269d13592e55bcfca1d044a939d75af8cf1038e05b91669958"
      )
    })
  )

  it.effect("takes tokenizer, sampling and other keys from the folder it is told", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const [first, second] = [join(parent, "first"), join(parent, "second")]
      saveModel(first, { ...tiny, generation: { endOfText: [3], temperature: 0.7 } })
      saveTokenizer(first, yield* Effect.promise(() => trainTokenizer([], { vocabularySize: 300 })))
      writeFileSync(join(first, "chat_template.jinja"), "{{ messages }}")
      writeFileSync(join(first, "README.md"), "")
      const own = { ...readJson(first, "config.json"), attention_dropout: 0.5, architectures: ["Mine"] }
      writeFileSync(join(first, "config.json"), JSON.stringify(own))
      saveModel(second, { ...tiny, type: "float16", from: first })
      assert.deepStrictEqual(readdirSync(second), [
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json"
      ])
      assert.deepStrictEqual(readJson(second, "config.json"), {
        ...own,
        architectures: ["Qwen2ForCausalLM"],
        torch_dtype: "float16"
      })
      assert.deepStrictEqual(openModel(second).generation, { endOfText: [3], temperature: 0.7 })
      saveModel(second, { ...tiny, from: second, generation: { endOfText: [3, 4] } })
      assert.deepStrictEqual(openModel(second).generation, { endOfText: [3, 4], temperature: 0.7 })
    })
  )

  it.effect("tells a new model's end of text from its tokenizer, and nothing of another model's shape", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const [tokenizer, deep, flat] = [join(parent, "tokenizer"), join(parent, "deep"), join(parent, "flat")]
      saveTokenizer(tokenizer, yield* Effect.promise(() => trainTokenizer([], { vocabularySize: 300 })))
      saveModel(deep, { ...tiny, from: tokenizer })
      assert.strictEqual(readJson(deep, "config.json").eos_token_id, 258)
      const { eos_token_id: _, ...described } = readJson(deep, "config.json")
      writeFileSync(join(deep, "config.json"), JSON.stringify({ ...described, layer_types: ["full_attention"] }))
      const config = { ...tinyConfig, layers: 1 }
      saveModel(flat, { config, weights: initializeWeights(config, 1), type: "float32", from: deep })
      assert.notProperty(readJson(flat, "config.json"), "layer_types")
    })
  )

  it.effect("refuses weights that are not the model's, before anything is written", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const folder = join(parent, "model")
      const { "model.norm.weight": _, ...lacking } = weights
      const wrong = { ...lacking, "lm_head.weight": new Float32Array(88) }
      assert.strictEqual(
        thrownBy(() => saveModel(folder, { ...tiny, weights: wrong })),
        `${folder}: the weights do not fit the model: model.norm.weight has no numbers instead of 8, lm_head.weight is no parameter of it`
      )
      assert.deepStrictEqual(readdirSync(parent), [])
    })
  )

  it.effect("replaces a model as a whole, and leaves it when it can't", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const folder = join(parent, "model")
      saveModel(folder, { ...tiny, generation: { endOfText: [1] } })
      saveModel(folder, tiny)
      assert.deepStrictEqual(readdirSync(folder), ["config.json", "model.safetensors"])
      const before = yield* Effect.promise(() => modelDigest(folder))
      const thrown = thrownBy(() =>
        saveModel(folder, {
          ...tiny,
          weights: (name) => {
            if (name === "model.norm.weight") throw new Error("out of memory")
            return weights[name] ?? new Float32Array(0)
          }
        })
      )
      assert.strictEqual(thrown, "out of memory")
      assert.strictEqual(yield* Effect.promise(() => modelDigest(folder)), before)
      assert.deepStrictEqual(readdirSync(parent), ["model"])
    })
  )

  it.effect("leaves what is no model where it is", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const [file, notes] = [join(parent, "file"), join(parent, "notes")]
      writeFileSync(file, "")
      mkdirSync(notes)
      writeFileSync(join(notes, "thesis.txt"), "")
      assert.strictEqual(
        thrownBy(() => saveModel(file, tiny)),
        `${file}: a file of that name stands there; choose another folder`
      )
      assert.strictEqual(
        thrownBy(() => saveModel(notes, tiny)),
        `${notes}: has files, but no config.json; choose another or empty it`
      )
      assert.strictEqual(
        thrownBy(() => saveModel(join(file, "model"), tiny)),
        `${join(file, "model")}: ${file} is no folder; choose another one`
      )
      assert.deepStrictEqual([readdirSync(parent), readdirSync(notes)], [["file", "notes"], ["thesis.txt"]])
    })
  )
})
