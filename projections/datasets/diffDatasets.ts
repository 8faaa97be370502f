import { Effect, FileSystem, Path, Result, Stream } from "effect"
import { differingKeys, type Leaf, leavesOf } from "./leaves.ts"
import { decodeLineageLine, lineageFile } from "./lineage.ts"
import { type Manifest, ManifestError, readManifest } from "./manifest.ts"
import { oneLine } from "./oneLine.ts"

/** How a dataset differs from another one. */
export interface DatasetDiff {
  /** Settings that are not the same; undefined where a dataset has no such setting. */
  readonly settings: ReadonlyArray<{
    readonly key: string
    readonly left: Leaf | undefined
    readonly right: Leaf | undefined
  }>
  /** Ids of rows that only one of them has. */
  readonly onlyLeft: ReadonlyArray<string>
  readonly onlyRight: ReadonlyArray<string>
  /** Ids of rows that both have, but that came from other events. */
  readonly otherEvents: ReadonlyArray<string>
  /** Rows that both have, from the same events. */
  readonly common: number
  /** Files of the same name with other contents. The manifests, which hold places in the log, are not compared. */
  readonly otherFiles: ReadonlyArray<string>
}

/** Compares two written datasets by their manifests and lineages. */
export const diffDatasets = (
  left: string,
  right: string
): Effect.Effect<DatasetDiff, ManifestError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const [mine, theirs] = yield* Effect.all([readManifest(left), readManifest(right)])
    const [rows, others] = yield* Effect.all([readLineage(left), readLineage(right)])
    const shared = [...rows].filter(([id]) => others.has(id))
    const otherEvents = shared.filter(([id, events]) => others.get(id) !== events).map(([id]) => id)
    return {
      settings: settingsDiff(mine, theirs),
      onlyLeft: [...rows.keys()].filter((id) => !others.has(id)),
      onlyRight: [...others.keys()].filter((id) => !rows.has(id)),
      otherEvents,
      common: shared.length - otherEvents.length,
      otherFiles: mine.files
        .filter(({ name, sha256 }) => theirs.files.some((file) => file.name === name && file.sha256 !== sha256))
        .map(({ name }) => name)
    }
  })

const settingsDiff = (left: Manifest, right: Manifest): DatasetDiff["settings"] => {
  const [mine, theirs] = [leavesOf(left.config), leavesOf(right.config)]
  return differingKeys(left.config, right.config).map((key) => ({ key, left: mine.get(key), right: theirs.get(key) }))
}

/** The events of every row by its id, in the order of the rows. */
const readLineage = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const broken = (detail: string) => new ManifestError({ folder, detail: `${lineageFile}: ${oneLine(detail)}` })
  const events = new Map<string, string>()
  yield* fs.stream(path.join(folder, lineageFile)).pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.mapError((error) => broken(error.message)),
    Stream.runForEach((line) => {
      const decoded = decodeLineageLine(line)
      if (Result.isFailure(decoded)) return broken(decoded.failure.message)
      events.set(decoded.success.id, decoded.success.events.join(" "))
      return Effect.void
    })
  )
  return events
})
