import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import type { TrainingRequest } from "../../../../events/training.ts"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import { digestFile } from "../../../files/folderDigest.ts"
import { writeSafetensors } from "../../../models/qwen2/safetensors.ts"
import { requestWith } from "./request.ts"

/** A model's folder as far as its files are moved and counted: six numbers, and what a tokenizer would be. */
export const writeModel = (folder: string): void => {
  const values = () => Float32Array.of(1, 2, 3, 4, 5, 6)
  writeSafetensors(join(folder, "model.safetensors"), [{ name: "weight", shape: [2, 3], values }], "float32")
  for (const name of ["config.json", "tokenizer.json"]) writeFileSync(join(folder, name), "{}")
}

/** A request whose base, examples and output are in a folder that is gone when the scope closes; the output is not there yet. */
export const requestIn = Effect.fnUntraced(function* (
  rows: ReadonlyArray<object>,
  changes: Parameters<typeof requestWith>[0] = {}
) {
  const folder = yield* temporaryFolder
  writeModel(folder)
  const file = join(folder, "examples.jsonl")
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  const { sha256 } = yield* Effect.promise(() => digestFile(file))
  const request: TrainingRequest = {
    ...requestWith(changes),
    base: { folder, sha256: "base" },
    dataset: { file, format: "jsonl", sha256, rows: rows.length },
    output: join(folder, "out")
  }
  return request
})

/** An executable of Node in that file. */
export const writeProgram = (file: string, source: string): string => {
  writeFileSync(file, `#!${process.execPath}\n${source}`, { mode: 0o755 })
  return file
}

export const readText = (...path: ReadonlyArray<string>): string => readFileSync(join(...path), "utf8")
