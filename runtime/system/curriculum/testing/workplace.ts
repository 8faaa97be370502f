import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, type FileSystem, type Scope } from "effect"
import { loadSettings } from "../../../../config/load.ts"
import type { ConfigError } from "../../../../config/problems.ts"
import type { Settings } from "../../../../config/settings.ts"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import { initializeWeights } from "../../../models/qwen2/initialize.ts"
import { saveModel } from "../../../models/qwen2/saveModel.ts"
import { tinyConfig } from "../../../models/qwen2/testing/tiny.ts"

const question = (id: string): string =>
  JSON.stringify({ id, question: "Which?", golden_answers: ["a"], metadata: { gold_passage_ids: ["p"] } })

/** The text of a JSONL file. */
export const lines = (...rows: ReadonlyArray<string>): string => rows.map((row) => `${row}\n`).join("")

const configuration = `
run: { name: demo }
questions: [{ dataset: train, path: train.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
models:
  policy: { kind: local, folder: base }
  served: { kind: sglang, url: "http://127.0.0.1:1", model: served }
policy: { model: policy }
curriculum:
  grpo: { rounds: 2 }
  evaluation: [{ dataset: held-out, path: held-out.jsonl }]
output: { dir: out }
`

/** Paths in the folder. */
export type Place = (...names: ReadonlyArray<string>) => string

/** A folder with all that a curriculum needs, another base policy, and things that are none of it. */
export const workplace: Effect.Effect<Place, never, Scope.Scope> = Effect.map(temporaryFolder, (folder) => {
  const at: Place = (...names) => join(folder, ...names)
  for (const [seed, model] of ["base", "other"].entries()) {
    saveModel(at(model), { config: tinyConfig, weights: initializeWeights(tinyConfig, seed), type: "float32" })
    writeFileSync(at(model, "tokenizer.json"), "{}")
  }
  mkdirSync(at("empty"))
  writeFileSync(at("train.jsonl"), lines(question("1"), question("2")))
  writeFileSync(at("held-out.jsonl"), lines(question("3")))
  writeFileSync(at("unfounded.jsonl"), lines(JSON.stringify({ id: "4", question: "Why?", golden_answers: ["a"] })))
  writeFileSync(at("corpus.jsonl"), lines(JSON.stringify({ id: "p", contents: '"A"\na' })))
  writeFileSync(at("demo.yaml"), configuration)
  return at
})

/** The curriculum `demo` of the folder, with changes. */
export const settingsAt = (
  at: Place,
  set: ReadonlyArray<string> = []
): Effect.Effect<Settings, ConfigError, FileSystem.FileSystem> =>
  loadSettings({ config: "./demo.yaml", set, workingFolder: at() })
