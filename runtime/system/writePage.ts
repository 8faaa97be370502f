import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect, Option, Schema } from "effect"
import { makeFolder, refusal } from "../files/folders.ts"

/** Thrown when a report can't be written where it is to be. */
export class PageWriteError extends Schema.TaggedError<PageWriteError>()("PageWriteError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the report can't be written to ${this.file}: ${this.detail} (--out FILE)`
  }
}

/** The name of a report in its folder. */
export const reportFile = "report.html"

const Recorded = Schema.Struct({ output: Schema.Struct({ dir: Schema.NonEmptyString }) })
const decode = Schema.decodeUnknownOption(Recorded)

/** The folder of a run's results, by the configuration that its first event keeps; in `out` when that tells none. Pure. */
export const outputFolderOf = (config: Schema.Json, run: string): string =>
  join(Option.match(decode(config), { onNone: () => "out", onSome: ({ output }) => output.dir }), run)

/** Writes a page, at once and whole; into a folder as `report.html`. Tells the file, absolute. */
export const writePage = Effect.fn("writePage")(function* (path: string, html: string) {
  const isFolder = existsSync(path) && statSync(path).isDirectory()
  const file = resolve(isFolder ? join(path, reportFile) : path)
  const folder = dirname(file)
  const partial = `${file}.partial`
  yield* Effect.mapError(makeFolder(folder, 0o777), ({ detail }) => new PageWriteError({ file, detail }))
  yield* Effect.try({
    try: () => {
      writeFileSync(partial, html)
      renameSync(partial, file)
    },
    catch: (cause) => {
      rmSync(partial, { force: true })
      return new PageWriteError({ file, detail: refusal(cause, folder) })
    }
  })
  return file
})
