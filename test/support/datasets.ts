import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { type DatasetKindName, datasetKinds } from "../../projections/datasets/kinds.ts"
import { decodeLineageLine, type LineageLine } from "../../projections/datasets/lineage.ts"
import { Manifest } from "../../projections/datasets/manifest.ts"
import type { Workspace } from "./workspace.ts"

const Built = Schema.Struct({ path: Schema.String, ...Manifest.fields })
export type Built = typeof Built.Type

/** Builds one dataset into a folder of the workspace. */
export const build = (
  workspace: Workspace,
  kind: DatasetKindName,
  folder: string,
  options: ReadonlyArray<string> = []
): Effect.Effect<Built> =>
  workspace.json(Built, ["datasets", "build", kind, "--out", workspace.path(folder, kind), ...options])

/** sha256 by kind and file. */
export type Digests = Readonly<Record<string, Readonly<Record<string, string>>>>

/** sha256 of every file of a dataset but its manifest, which alone knows the log's sequences. */
export const digestsOf = ({ files }: Pick<Built, "files">): Readonly<Record<string, string>> =>
  Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256]))

/** The digests of the three datasets of the curriculum, built one after the other. */
export const buildAll = (
  workspace: Workspace,
  folder: string,
  options: ReadonlyArray<string> = []
): Effect.Effect<Digests> =>
  Effect.map(
    Effect.forEach(datasetKinds, (kind) => build(workspace, kind, folder, options)),
    (built) => Object.fromEntries(built.map((dataset) => [dataset.kind, digestsOf(dataset)]))
  )

const linesOf = (path: string): ReadonlyArray<string> =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")

/** Where every row of a dataset came from, in its order. */
export const lineageOf = ({ path }: Pick<Built, "path">): ReadonlyArray<LineageLine> =>
  linesOf(join(path, "lineage.jsonl")).map((line) => Result.getOrThrow(decodeLineageLine(line)))

/** The rows of a data file of one JSON value a line. */
export const rowsOf = <A>(
  schema: Schema.Codec<A, unknown>,
  { path }: Pick<Built, "path">,
  file: string
): ReadonlyArray<A> => {
  const decode = Schema.decodeUnknownSync(Schema.fromJsonString(schema))
  return linesOf(join(path, file)).map((line) => decode(line))
}

/** The value of a data file that is one JSON value. */
export const dataOf = <A>(schema: Schema.Codec<A, unknown>, { path }: Pick<Built, "path">, file: string): A =>
  Schema.decodeUnknownSync(Schema.fromJsonString(schema))(readFileSync(join(path, file), "utf8"))
