import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Workspace } from "./workspace.ts"

const example = (file: string): string => fileURLToPath(new URL(`../../examples/quickstart/${file}`, import.meta.url))

export const corpus: string = example("corpus.jsonl")

/** The three benchmarks of the quickstart, in the order of its preset. */
export const benchmarks = ["hotpotqa", "2wikimultihopqa", "musique"] as const

export const questionsOf = (dataset: (typeof benchmarks)[number]): string => example(`questions/${dataset}.jsonl`)

/** `--set` of several values. */
export const set = (values: Readonly<Record<string, string | number | boolean>>): ReadonlyArray<string> =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`])

/** `--set` for the first questions of each benchmark. */
export const questionsEach = (limit: number): ReadonlyArray<string> =>
  set(Object.fromEntries(benchmarks.map((_, index) => [`questions.${index}.limit`, limit])))

/** Sections of a configuration; what is left out is as in the quickstart. */
export interface Configuration {
  readonly name: string
  /** Of each benchmark. */
  readonly questions: number
  readonly models?: Readonly<Record<string, object>>
  readonly policy?: object
  readonly judge?: object
  readonly refinement?: object
  readonly actors?: Readonly<Record<string, object>>
  readonly retrieval?: object
  readonly broker?: object
}

/** Writes a configuration into the workspace (JSON is YAML) and tells the arguments that use it. */
export const configured = (
  workspace: Workspace,
  { name, questions, ...sections }: Configuration
): ReadonlyArray<string> => {
  const file = workspace.path(`${name}.yaml`)
  const configuration = {
    run: { name },
    questions: benchmarks.map((dataset) => ({ dataset, path: questionsOf(dataset), limit: questions })),
    retrieval: { retriever: { kind: "bm25", corpus } },
    ...sections
  }
  writeFileSync(file, JSON.stringify(configuration, null, 2))
  return ["--config", file]
}
