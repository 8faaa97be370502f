import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../event-log/testing/servers.ts"
import { type Adapter, initializeAdapter, mergeAdapter } from "../models/qwen2/adapter.ts"
import { saveAdapter } from "../models/qwen2/adapterFolder.ts"
import { parameterCount } from "../models/qwen2/config.ts"
import { initializeWeights } from "../models/qwen2/initialize.ts"
import { modelDigest, openModel } from "../models/qwen2/modelFolder.ts"
import { saveModel } from "../models/qwen2/saveModel.ts"
import { tinyConfig } from "../models/qwen2/testing/tiny.ts"
import { exportModel, type ModelExport } from "./exportModel.ts"

const weights = initializeWeights(tinyConfig, 1)

/** An adapter that changes something: none of its numbers is 0. */
const fresh = initializeAdapter(tinyConfig, { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] }, 3)
const trained: Adapter = {
  ...fresh,
  weights: Object.fromEntries(
    Object.entries(fresh.weights).map(([name, values]) => [name, values.map((value, i) => value + 0.01 * (i + 1))])
  )
}

const workplace = Effect.map(temporaryFolder, (folder) => {
  const at = (name: string) => join(folder, name)
  saveModel(at("model"), { config: tinyConfig, weights, type: "float32" })
  saveAdapter(at("adapter"), { config: tinyConfig, adapter: trained, base: at("model"), type: "float32" })
  return at
})

const exporting = (at: (name: string) => string, changes: Partial<ModelExport> = {}) =>
  exportModel({ model: at("model"), out: at("out"), format: { kind: "safetensors", type: "float32" }, ...changes })

describe("an exported model", () => {
  it.effect("is the model it was made from, to the byte", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { folder, parameters, sha256 } = yield* exporting(at)
      const digest = yield* Effect.promise(() => modelDigest(at("model")))
      assert.deepStrictEqual([folder, parameters, sha256], [at("out"), parameterCount(tinyConfig), digest])
    })
  )

  it.effect("has the adapter merged into its weights", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      yield* exporting(at, { adapter: at("adapter") })
      const merged = openModel(at("out")).all()
      assert.deepStrictEqual(merged, mergeAdapter(weights, trained))
      const name = "model.layers.0.self_attn.q_proj.weight"
      assert.notDeepEqual(merged[name], weights[name])
    })
  )

  it.effect("can have another number format", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      yield* exporting(at, { format: { kind: "safetensors", type: "bfloat16" } })
      const [name = "", values = new Float32Array()] = Object.entries(weights)[0] ?? []
      const rounded = openModel(at("out")).weight(name)
      assert.notDeepEqual(rounded, values)
      for (const [i, value] of rounded.entries()) assert.closeTo(value, values[i] ?? 0, Math.abs(values[i] ?? 0) / 256)
    })
  )

  it.effect("as ONNX is the model with the adapter merged, and nothing else is left", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const format = { kind: "onnx", precision: "float32" } as const
      yield* exporting(at, { adapter: at("adapter"), out: at("merged") })
      yield* exporting(at, { model: at("merged"), out: at("expected"), format })
      yield* exporting(at, { adapter: at("adapter"), format })
      const graph = (folder: string) => readFileSync(join(at(folder), "onnx", "model.onnx"))
      assert.isTrue(graph("out").equals(graph("expected")))
      assert.deepStrictEqual(readdirSync(at("")).toSorted(), ["adapter", "expected", "merged", "model", "out"])
    })
  )

  it.effect.each<readonly [string, (at: (name: string) => string) => Partial<ModelExport>, string]>([
    ["no model", (at) => ({ model: at("nowhere") }), "DIR/nowhere/config.json: there is no such file"],
    ["no adapter", (at) => ({ adapter: at("model") }), "DIR/model/adapter_config.json: there is no such file"],
    [
      "its own place",
      (at) => ({ out: at("model") }),
      "DIR/model: it would be written over DIR/model; choose another folder"
    ],
    [
      "a place inside the model",
      (at) => ({ out: at("model/out") }),
      "DIR/model/out: it would be written over DIR/model; choose another folder"
    ],
    [
      "the adapter's place",
      (at) => ({ adapter: at("adapter"), out: at("adapter") }),
      "DIR/adapter: it would be written over DIR/adapter; choose another folder"
    ],
    [
      "a place that is taken",
      (at) => ({ out: at("taken") }),
      "DIR/taken: has files, but no config.json; choose another or empty it"
    ]
  ])("is refused with %s, and nothing is written", ([, changes, message]) =>
    Effect.gen(function* () {
      const at = yield* workplace
      saveModel(at("taken"), { config: tinyConfig, weights, type: "float32" })
      rmSync(join(at("taken"), "config.json"))
      const before = readdirSync(at(""), { recursive: true }).toSorted()
      const refused = yield* Effect.flip(exporting(at, changes(at)))
      assert.strictEqual(refused.message.replaceAll(at(""), "DIR/").replaceAll("DIR//", "DIR/"), message)
      assert.deepStrictEqual(readdirSync(at(""), { recursive: true }).toSorted(), before)
    })
  )
})
