import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadSettings } from "../../../../config/load.ts"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import { openModel } from "../../../models/qwen2/modelFolder.ts"
import { openTokenizer } from "../../../models/qwen2/tokenizer.ts"
import { makeUntrained } from "./makeUntrained.ts"
import { type PretrainingAsked, planImitation, planPretraining } from "./planPretraining.ts"

type Place = (...names: ReadonlyArray<string>) => string

/** A folder with demonstrations, and things that are none. */
const workplace = Effect.map(temporaryFolder, (folder): Place => {
  const at: Place = (...names) => join(folder, ...names)
  const rows = ["red", "green"].map((color) => ({
    instruction: `Is it ${color}?`,
    output: `<answer>${color}</answer>`
  }))
  writeFileSync(at("data.json"), JSON.stringify(rows))
  writeFileSync(at("none.jsonl"), "")
  mkdirSync(at("full"))
  writeFileSync(at("full", "letter.txt"), "keep me")
  return at
})

type Changes = Partial<Omit<PretrainingAsked, "settings">> & { readonly set?: ReadonlyArray<string> }

const tiny = ["vocabularySize=270", "hiddenSize=16", "intermediateSize=24", "layers=1", "heads=2", "keyValueHeads=1"]

/** Plans a pretraining in the folder; what is not said is right. */
const plan = Effect.fnUntraced(function* (
  at: Place,
  { set = [], data = "data.json", out = "out", ...more }: Changes = {}
) {
  const changes = [...tiny, ...set].map((change) => `training.pretrain.${change}`)
  const settings = yield* loadSettings({ config: "quickstart", set: changes, workingFolder: at() })
  return yield* planPretraining({ settings, data: at(data), out: at(out), ...more })
}, Effect.provide(NodeServices.layer))

/** Plans it and makes the untrained policy if it is not there. */
const prepared = Effect.fnUntraced(function* (at: Place, changes: Changes = {}) {
  const planned = yield* plan(at, changes)
  const untrained = planned.untrained ?? (yield* makeUntrained(planned))
  const { request } = yield* planImitation(planned, untrained)
  return { untrained, request, wasThere: planned.untrained !== undefined }
}, Effect.provide(NodeServices.layer))

describe("the plan of a pretraining", () => {
  it.effect("is to imitate demonstrations from an untrained policy beside what the training writes", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { request, untrained } = yield* prepared(at, { name: "small", set: ["maxSteps=7"] })
      const { base, dataset, engine, name, objective, output, settings } = request
      assert.deepStrictEqual([base, output, name], [untrained, at("out"), "small"])
      assert.strictEqual(base.folder, at("out", "untrained"))
      assert.deepStrictEqual([objective.kind, engine, dataset.format, dataset.rows], ["sft", "local", "alpaca", 2])
      assert.deepInclude(settings, { learningRate: 3e-3, batchSize: 16, cutoffLength: 512, maxSteps: 7, seed: 42 })
      assert.deepStrictEqual(settings.adam, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 })
      assert.isUndefined(settings.lora)
    })
  )

  it.effect("makes a model as wanted, with a tokenizer that has the tags as tokens", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { untrained } = yield* prepared(at)
      const { config, weight } = openModel(untrained.folder)
      const shape = { vocabularySize: 320, hiddenSize: 16, layers: 1, heads: 2, keyValueHeads: 1, tiedEmbeddings: true }
      assert.deepInclude(config, shape)
      assert.deepStrictEqual(weight("model.norm.weight"), new Float32Array(16).fill(1))
      const tokenizer = yield* Effect.promise(() => openTokenizer(untrained.folder))
      const tagged = tokenizer.encode("<think></think><search></search><result></result><answer></answer>")
      assert.strictEqual(tagged.length, 8)
      assert.strictEqual(tokenizer.decode(tokenizer.endOfText), "<|im_end|>")
    })
  )

  it.effect("gives the same untrained policy for the same seed, and another one for another", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const digests = yield* Effect.forEach([{}, { out: "again" }, { out: "other", seed: 7 }], (changes) =>
        Effect.map(prepared(at, changes), ({ untrained }) => untrained.sha256)
      )
      assert.strictEqual(digests[0], digests[1])
      assert.notStrictEqual(digests[0], digests[2])
    })
  )

  it.effect("takes the untrained policy that is there, and makes it again when it is gone or was changed", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const first = yield* prepared(at)
      const again = (wasThere: boolean) =>
        Effect.map(prepared(at), (found) => assert.deepStrictEqual(found, { ...first, wasThere }))
      yield* again(true)
      rmSync(first.untrained.folder, { recursive: true })
      yield* again(false)
      writeFileSync(at("out", "untrained", "tokenizer.json"), "{}")
      yield* again(false)
      yield* again(true)
    })
  )

  it.effect("goes on after a kill at any time before the training began", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { request } = yield* prepared(at)
      const record = readFileSync(at("out", "pretraining.json"), "utf8")
      const { untrained: _, ...begun } = JSON.parse(record)
      rmSync(at("out"), { recursive: true })
      // While the record was written first, then while the model was.
      mkdirSync(at("out"))
      writeFileSync(at("out", "pretraining.json.partial"), record.slice(0, 20))
      assert.isUndefined((yield* plan(at)).untrained)
      writeFileSync(at("out", "pretraining.json"), JSON.stringify(begun))
      mkdirSync(at("out", ".untrained-x1y2z3"))
      assert.deepStrictEqual((yield* prepared(at)).request, request)
    })
  )

  it.effect.each<readonly [what: string, changes: Changes, message: string]>([
    ["a shape that can't be", { set: ["heads=3"] }, "heads: 3 does not divide hiddenSize, 16"],
    ["no data", { data: "nowhere.jsonl" }, "DIR/nowhere.jsonl: no such file"],
    ["no demonstrations", { data: "none.jsonl" }, "DIR/none.jsonl: there are no demonstrations in it"],
    [
      "an output folder with something else",
      { out: "full" },
      "DIR/full: the folder holds something that is no pretraining; choose another or empty it"
    ],
    [
      "a file for an output folder",
      { out: "data.json" },
      "DIR/data.json: DIR/data.json is no folder; choose another one"
    ],
    [
      "an output folder with another pretraining",
      { out: "done", seed: 7, set: ["layers=2"] },
      "DIR/done: the folder holds another pretraining (seed was 42, is 7; settings.layers was 1, is 2); choose another folder, or the same settings to go on"
    ]
  ])("is refused with %s, and nothing is written", ([, changes, message]) =>
    Effect.gen(function* () {
      const at = yield* workplace
      yield* prepared(at, { out: "done" })
      const before = readdirSync(at(), { recursive: true })
      const refused = yield* Effect.flip(plan(at, changes))
      assert.strictEqual(refused.message.replaceAll(at(), "DIR"), message)
      assert.deepStrictEqual(readdirSync(at(), { recursive: true }), before)
    })
  )
})
