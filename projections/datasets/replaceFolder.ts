import { Effect, FileSystem, Path, type PlatformError, Schema } from "effect"
import { readManifest } from "./manifest.ts"
import { syncFolder } from "./writeFile.ts"

/**
 * Thrown when a dataset can't be written: something that is no dataset stands in its place (`occupied`), or the disk
 * refused (`disk`).
 */
export class DatasetWriteError extends Schema.TaggedError<DatasetWriteError>()("DatasetWriteError", {
  reason: Schema.Literals(["occupied", "disk"]),
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `can't write the dataset ${this.folder}: ${this.detail}`
  }
}

/**
 * Builds a folder beside its place and moves it there when it is complete. An empty folder or an earlier dataset in its
 * place gives way, and comes back should the move fail; anything else stays, untouched.
 */
export const replaceFolder = <A, R>(
  folder: string,
  build: (building: string) => Effect.Effect<A, PlatformError.PlatformError, R>
): Effect.Effect<A, DatasetWriteError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const place = path.resolve(folder)
    const parent = path.dirname(place)
    const present = yield* occupant(place)
    yield* fs.makeDirectory(parent, { recursive: true })
    const building = yield* fs.makeTempDirectory({ directory: parent, prefix: `.${path.basename(place)}-` })
    return yield* Effect.gen(function* () {
      const built = yield* build(building)
      yield* fs.chmod(building, 0o755)
      yield* syncFolder(building)
      yield* move(building, place, present)
      yield* syncFolder(parent)
      return built
    }).pipe(Effect.onError(() => Effect.ignore(fs.remove(building, { recursive: true, force: true }))))
  }).pipe(
    Effect.catchTag(
      "PlatformError",
      (error) => new DatasetWriteError({ reason: "disk", folder, detail: error.message })
    )
  )

type Occupant = "nothing" | "replaceable"

/** What stands in the folder's place; fails when it must not be replaced. */
const occupant = Effect.fnUntraced(function* (place: string) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(place))) return "nothing" satisfies Occupant
  const occupied = (detail: string) => new DatasetWriteError({ reason: "occupied", folder: place, detail })
  const { type } = yield* fs.stat(place)
  if (type !== "Directory") return yield* occupied("a file of that name stands there; choose another folder")
  if ((yield* fs.readDirectory(place)).length === 0) return "replaceable" satisfies Occupant
  yield* readManifest(place).pipe(
    Effect.mapError(() => occupied("the folder holds something that is no dataset; choose another or empty it"))
  )
  return "replaceable" satisfies Occupant
})

const move = Effect.fnUntraced(function* (building: string, place: string, present: Occupant) {
  const fs = yield* FileSystem.FileSystem
  if (present === "nothing") return yield* fs.rename(building, place)
  const aside = `${building}.replaced`
  yield* fs.rename(place, aside)
  yield* fs.rename(building, place).pipe(Effect.onError(() => Effect.ignore(fs.rename(aside, place))))
  yield* fs.remove(aside, { recursive: true })
}, Effect.uninterruptible)
