import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import { loadSettings } from "../../../config/load.ts"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { initializeWeights } from "../../models/qwen2/initialize.ts"
import { saveModel } from "../../models/qwen2/saveModel.ts"
import { tinyConfig } from "../../models/qwen2/testing/tiny.ts"
import { planTraining, type TrainingAsked } from "./planTraining.ts"

const demonstration = (id: string) => JSON.stringify({ id, system: "", user: "u", text: "answer", loss: [[0, 6]] })
const preference = JSON.stringify({
  system: "",
  user: "u",
  chosen: { text: "a", loss: [] },
  rejected: { text: "b", loss: [] }
})

/** The manifest of a dataset, as far as trainings look at it. */
const manifest = (kind: string, names: ReadonlyArray<string>, rows: number): string =>
  JSON.stringify({
    manifestVersion: 1,
    kind,
    format: "jsonl",
    projection: { name: kind, version: 1 },
    config: {},
    configHash: "ab",
    runs: [],
    firstSequence: 1,
    lastSequence: 2,
    rows,
    files: names.map((name) => ({ name, sha256: "ab", bytes: 1, rows }))
  })

const dataset = (folder: string, kind: string, names: ReadonlyArray<string>, rows = 1): void => {
  mkdirSync(folder)
  writeFileSync(join(folder, "manifest.json"), manifest(kind, names, rows))
  for (const name of names) writeFileSync(join(folder, name), `${kind === "dpo" ? preference : demonstration(name)}\n`)
}

/** A folder with a model, datasets, and things that are neither. */
const workplace = Effect.map(temporaryFolder, (folder) => {
  const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
  saveModel(at("base"), { config: tinyConfig, weights: initializeWeights(tinyConfig, 1), type: "float32" })
  saveModel(at("mute"), { config: tinyConfig, weights: initializeWeights(tinyConfig, 1), type: "float32" })
  writeFileSync(at("base", "tokenizer.json"), "{}")
  mkdirSync(at("llama"))
  writeFileSync(at("llama", "config.json"), '{"model_type": "llama"}')
  writeFileSync(at("data.jsonl"), `${demonstration("a")}\n${demonstration("b")}\n`)
  dataset(at("sft"), "sft", ["sft.alpaca.json", "sft.jsonl"])
  dataset(at("dpo"), "dpo", ["dpo.jsonl"])
  dataset(at("none"), "sft", ["sft.jsonl"], 0)
  dataset(at("questions"), "rl", ["rl.verl.parquet"])
  mkdirSync(at("full"))
  writeFileSync(at("full", "letter.txt"), "keep me")
  return at
})

type Changes = Partial<Omit<TrainingAsked, "settings">> & { readonly set?: ReadonlyArray<string> }

/** Plans a training in the folder; what is not said is right. */
const plan = Effect.fnUntraced(function* (
  at: (...names: ReadonlyArray<string>) => string,
  { set = [], model = "base", data = "data.jsonl", out = "out", reference, ...changes }: Changes = {}
) {
  const settings = yield* loadSettings({ config: "quickstart", set, workingFolder: at() })
  const places = { model: at(model), data: at(data), out: at(out) }
  const referred = reference === undefined ? {} : { reference: at(reference) }
  return yield* planTraining({ objective: "sft", settings, ...places, ...referred, ...changes })
}, Effect.provide(NodeServices.layer))

describe("the plan of a training", () => {
  it.effect("spells out what is trained, on what, how, and where to", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { request, runId } = yield* plan(at, { set: ["training.sft.epochs=2", "training.sft.lora={rank: 4}"] })
      const { base, dataset, output, name, engine, objective, settings } = request
      assert.deepStrictEqual([base.folder, output, name, engine], [at("base"), at("out"), "out", "local"])
      assert.deepInclude(dataset, { file: at("data.jsonl"), format: "jsonl", rows: 2 })
      assert.deepStrictEqual(objective, { kind: "sft" })
      assert.deepInclude(settings, { epochs: 2, learningRate: 7e-6, seed: 42, gradientAccumulation: 8 })
      assert.deepInclude(settings.lora, { rank: 4, alpha: 8 })
      assert.match(request.trainingId, /^sft-[0-9a-f]{12}$/)
      assert.strictEqual(runId, request.trainingId)
    })
  )

  it.effect("names a training by what decides it", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const id = (changes: Changes) => Effect.map(plan(at, changes), ({ request }) => request.trainingId)
      const first = yield* id({})
      assert.strictEqual(yield* id({ name: "other name", data: "data.jsonl" }), first)
      const others = yield* Effect.forEach(
        [{ seed: 7 }, { out: "else" }, { data: "sft" }, { run: "r" }, { set: ["training.sft.epochs=4"] }],
        id
      )
      assert.strictEqual(new Set([first, ...others]).size, 6)
    })
  )

  it.effect("takes the file of a dataset that says what counts for the loss", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { request } = yield* plan(at, { data: "sft" })
      assert.strictEqual(request.dataset.file, at("sft", "sft.jsonl"))
    })
  )

  it.effect("tells an engine with rollouts of its own how to make them, and the local one not", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const group = {
        id: "g",
        system: "",
        user: "u",
        rollouts: [{ text: "a", loss: [], reward: 1, advantage: 0, turns: [] }]
      }
      writeFileSync(at("groups.jsonl"), JSON.stringify(group))
      const asked = { objective: "grpo", data: "groups.jsonl" } as const
      const here = yield* plan(at, asked)
      const there = yield* plan(at, { ...asked, engine: "verl" })
      assert.deepStrictEqual(here.request.objective, { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.001 })
      assert.deepInclude(there.request.objective, { kind: "grpo", clipRatio: 0.2 })
      assert(there.request.objective.kind === "grpo")
      assert.deepInclude(there.request.objective.rollouts, { server: "vllm", questions: 256, miniBatchSize: 64 })
      assert.deepInclude(here.request.settings, { batchSize: 4, gradientAccumulation: 128, cutoffLength: 16_384 })
    })
  )

  it.effect("lets an engine outside train what this process can't", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      writeFileSync(at("llama", "model.safetensors"), "weights")
      const { request } = yield* plan(at, { model: "llama", engine: "llama-factory" })
      assert.strictEqual(request.base.folder, at("llama"))
    })
  )

  it.effect("knows its own output folder again, and goes on there", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { request } = yield* plan(at)
      mkdirSync(request.output)
      writeFileSync(outputFolder(request).request, JSON.stringify(request))
      assert.deepStrictEqual((yield* plan(at)).request, request)
      const other = yield* Effect.flip(plan(at, { seed: 7, set: ["training.sft.epochs=4"] }))
      assert.strictEqual(
        other.message,
        `${at("out")}: the folder holds another training (settings.epochs was 3, is 4; settings.seed was 42, is 7); choose another folder, or the same settings to go on`
      )
    })
  )

  it.effect.each<readonly [what: string, changes: Changes, message: string]>([
    ["no model", { model: "nowhere" }, "DIR/nowhere: no such folder"],
    ["a file for a model", { model: "data.jsonl" }, "DIR/data.jsonl: expected a model's folder, found a file"],
    ["a folder that is no model", { model: "sft" }, "DIR/sft is no model: there is no config.json in it"],
    ["a model of another kind", { model: "llama" }, "DIR/llama/config.json: "],
    [
      "a model without a tokenizer",
      { model: "mute" },
      "DIR/mute: there is no tokenizer.json in it, which the local engine needs"
    ],
    ["no reference", { objective: "dpo", data: "dpo", reference: "nowhere" }, "DIR/nowhere: no such folder"],
    [
      "a reference where none is used",
      { reference: "base" },
      "--reference: sft compares with no other policy; leave it out, or train dpo or grpo"
    ],
    ["no data", { data: "nowhere.jsonl" }, "DIR/nowhere.jsonl: no such file"],
    [
      "a dataset of another kind",
      { data: "dpo" },
      "DIR/dpo: a dataset of kind dpo, which `train dpo` learns from; `train sft` needs sft or student"
    ],
    [
      "rows of another kind",
      { objective: "dpo" },
      "DIR/data.jsonl:1: demonstrations, which `train sft` learns from; `train dpo` needs preferences"
    ],
    ["an empty dataset", { data: "none" }, "DIR/none: the dataset has no rows"],
    [
      "a dataset without rollouts",
      { objective: "grpo", data: "questions" },
      "DIR/questions: it holds questions for verl only; build it with `smartsearch datasets build rl --format jsonl`"
    ],
    ["a folder that is no dataset", { data: "full" }, "DIR/full is no dataset: it has no manifest.json"],
    [
      "an output folder with something else",
      { out: "full" },
      "DIR/full: the folder holds something that is no training; choose another or empty it"
    ],
    [
      "a file for an output folder",
      { out: "data.jsonl" },
      "DIR/data.jsonl: DIR/data.jsonl is no folder; choose another one"
    ],
    [
      "an engine that can't",
      { engine: "verl" },
      "the engine verl trains grpo, not sft: take --engine local or llama-factory"
    ],
    [
      "another engine that can't",
      { objective: "grpo", engine: "llama-factory" },
      "the engine llama-factory trains sft and dpo, not grpo: take --engine local or verl"
    ],
    [
      "unknown layers",
      { set: ["training.sft.lora={target: q_porj}"] },
      'lora.target: there is no linear layer "q_porj" (did you mean "q_proj"?); choose from'
    ]
  ])("is refused with %s, and nothing is written", ([, changes, message]) =>
    Effect.gen(function* () {
      const at = yield* workplace
      const before = readdirSync(at(), { recursive: true })
      const refused = yield* Effect.flip(plan(at, changes))
      assert.isTrue(refused.message.replaceAll(at(), "DIR").startsWith(message), refused.message)
      assert.deepStrictEqual(readdirSync(at(), { recursive: true }), before)
    })
  )
})
