import { hash } from "node:crypto"
import { Effect, FileSystem, Path, Schema } from "effect"
import { canonicalJson } from "../../events/canonicalJson.ts"
import { oneLine } from "./oneLine.ts"

export const manifestFile = "manifest.json"

/** Raised when a newer manifest means something else to an older reader. */
const manifestVersion = 1

/**
 * What a dataset's folder holds and how it came about. It alone knows the log's sequences, so that the other files are
 * equal whenever the decisions are.
 */
export const Manifest = Schema.Struct({
  manifestVersion: Schema.Literal(manifestVersion),
  kind: Schema.NonEmptyString,
  /** One file format, or several joined by `+`. */
  format: Schema.NonEmptyString,
  projection: Schema.Struct({ name: Schema.NonEmptyString, version: Schema.Natural }),
  config: Schema.Json,
  /** sha256 of the configuration with its keys in order. */
  configHash: Schema.NonEmptyString,
  runs: Schema.Array(Schema.String),
  /** Sequences of the first and last event of the log that were folded. */
  firstSequence: Schema.Natural,
  lastSequence: Schema.Natural,
  rows: Schema.Natural,
  files: Schema.Array(
    Schema.Struct({
      name: Schema.NonEmptyString,
      sha256: Schema.NonEmptyString,
      bytes: Schema.Natural,
      /** Absent for a file without rows, such as `dataset_info.json`. */
      rows: Schema.optionalKey(Schema.Natural)
    })
  )
})
export type Manifest = typeof Manifest.Type

export const currentManifestVersion: typeof manifestVersion = manifestVersion

export const configHashOf = (config: Schema.Json): string => hash("sha256", canonicalJson(config), "hex")

/** Thrown when a folder is no dataset of ours: there is no manifest, or it can't be read. */
export class ManifestError extends Schema.TaggedError<ManifestError>()("ManifestError", {
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.folder} is no dataset: ${this.detail}`
  }
}

const decodeManifest = Schema.decodeUnknownEffect(Schema.fromJsonString(Manifest))

/** The manifest of a dataset's folder. */
export const readManifest = Effect.fn("readManifest")(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return yield* fs.readFileString(path.join(folder, manifestFile)).pipe(
    Effect.flatMap(decodeManifest),
    Effect.catchTags({
      PlatformError: (error) =>
        new ManifestError({
          folder,
          detail: error.reason._tag === "NotFound" ? `it has no ${manifestFile}` : error.message
        }),
      SchemaError: (error) => new ManifestError({ folder, detail: `${manifestFile}: ${oneLine(error.message)}` })
    })
  )
})
