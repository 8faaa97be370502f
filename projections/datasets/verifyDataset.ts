import { createHash } from "node:crypto"
import { Effect, FileSystem, Path, type PlatformError, Result, Stream } from "effect"
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet"
import { decodeLineageLine, lineageFile } from "./lineage.ts"
import { configHashOf, type Manifest, type ManifestError, readManifest } from "./manifest.ts"
import { oneLine } from "./oneLine.ts"

/** Something in a dataset's folder that is not as its manifest says. */
export interface DatasetProblem {
  readonly file: string
  readonly problem: string
}

export interface Verification {
  readonly manifest: Manifest
  /** Empty when the dataset is what it was when it was written. */
  readonly problems: ReadonlyArray<DatasetProblem>
}

/**
 * Compares a dataset's folder with its manifest: every file's size and sha256, the number of rows in every file that
 * has rows, and for every row a line of lineage with an id of its own.
 */
export const verifyDataset = (
  folder: string
): Effect.Effect<Verification, ManifestError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const manifest = yield* readManifest(folder)
    const problems = yield* Effect.forEach(manifest.files, (file) =>
      verifyFile(path.join(folder, file.name), file).pipe(
        Effect.catchTag("PlatformError", (error) =>
          Effect.succeed([error.reason._tag === "NotFound" ? "missing" : `unreadable: ${error.message}`])
        ),
        Effect.map((found) => found.map((problem) => ({ file: file.name, problem })))
      )
    )
    return { manifest, problems: [...manifestProblems(manifest), ...problems.flat()] }
  })

type ListedFile = Manifest["files"][number]

const manifestProblems = ({ config, configHash, files, rows }: Manifest): ReadonlyArray<DatasetProblem> => {
  const file = "manifest.json"
  const hash = configHashOf(config)
  return [
    ...(hash === configHash ? [] : [{ file, problem: `configHash is ${configHash}, but its config has ${hash}` }]),
    ...(files.some(({ name }) => name === lineageFile) ? [] : [{ file, problem: `it lists no ${lineageFile}` }]),
    ...files
      .filter((listed) => listed.rows !== undefined && listed.rows !== rows)
      .map((listed) => ({ file, problem: `the dataset has ${rows} rows, but ${listed.name} ${listed.rows}` }))
  ]
}

const verifyFile = Effect.fnUntraced(function* (path: string, listed: ListedFile) {
  const { bytes, sha256 } = yield* digestOf(path)
  const content = listed.rows === undefined ? [] : yield* verifyRows(path, listed, listed.rows)
  return [
    ...(bytes === listed.bytes ? [] : [`${bytes} bytes, but the manifest says ${listed.bytes}`]),
    ...(sha256 === listed.sha256 ? [] : [`sha256 ${sha256}, but the manifest says ${listed.sha256}`]),
    ...content
  ]
})

const digestOf = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const digest = createHash("sha256")
  let bytes = 0
  yield* Stream.runForEach(fs.stream(path), (chunk) =>
    Effect.sync(() => {
      digest.update(chunk)
      bytes += chunk.length
    })
  )
  return { bytes, sha256: digest.digest("hex") }
})

const verifyRows = Effect.fnUntraced(function* (path: string, { name }: ListedFile, expected: number) {
  const { count, problems } = name.endsWith(".parquet")
    ? yield* parquetRows(path)
    : yield* readLines(path, name === lineageFile ? lineageChecker() : rowChecker(name))
  return [...problems, ...(count === expected ? [] : [`${count} rows, but the manifest says ${expected}`])]
})

interface Rows {
  readonly count: number
  readonly problems: ReadonlyArray<string>
}

/** What is wrong with a line, by its number from 1; undefined for a line that is no row, such as a bracket. */
type LineChecker = (line: string, number: number) => ReadonlyArray<string> | undefined

/** From here on a file's further problems are not told: a damaged file is usually wrong in every line. */
const mostProblems = 5

const readLines = (
  path: string,
  check: LineChecker
): Effect.Effect<Rows, PlatformError.PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const problems: Array<string> = []
    let number = 0
    let count = 0
    yield* fs.stream(path).pipe(
      Stream.decodeText,
      Stream.splitLines,
      Stream.runForEach((line) =>
        Effect.sync(() => {
          number++
          const found = check(line, number)
          if (found === undefined) return
          count++
          if (problems.length < mostProblems) problems.push(...found)
        })
      )
    )
    return { count, problems }
  })

/** One JSON value a line; in a `.json` file they are the elements of an array. */
const rowChecker =
  (name: string): LineChecker =>
  (line, number) => {
    if (name.endsWith(".json") && ["[", "]", "[]"].includes(line)) return undefined
    const text = name.endsWith(".json") && line.endsWith(",") ? line.slice(0, -1) : line
    return isJson(text) ? [] : [`line ${number} is no JSON`]
  }

const isJson = (text: string): boolean => Result.isSuccess(Result.try(() => JSON.parse(text)))

const lineageChecker = (): LineChecker => {
  const seen = new Set<string>()
  return (line, number) => {
    const decoded = decodeLineageLine(line)
    if (Result.isFailure(decoded)) return [`line ${number}: ${oneLine(decoded.failure.message)}`]
    const { id } = decoded.success
    if (seen.has(id)) return [`line ${number}: row ${id} again`]
    seen.add(id)
    return []
  }
}

const parquetRows = (path: string): Effect.Effect<Rows> =>
  Effect.tryPromise(() => asyncBufferFromFile(path).then((file) => parquetMetadataAsync(file))).pipe(
    Effect.map(({ num_rows }) => ({ count: Number(num_rows), problems: [] })),
    Effect.catch((error) =>
      Effect.succeed({ count: 0, problems: [`no readable parquet file: ${String(error.cause)}`] })
    )
  )
