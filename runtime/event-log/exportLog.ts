import { createHash } from "node:crypto"
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { Effect, Exit, Schema } from "effect"
import { refusal } from "../files/folders.ts"
import type { ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import type { ReadOptions } from "./reader.ts"

/** Thrown when the export can't be written; the file that was there before is untouched. */
export class ExportError extends Schema.TaggedError<ExportError>()("ExportError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.detail}`
  }
}

/** Bytes gathered before they are written. */
const chunkBytes = 4 * 1_048_576

/** Anything else that somebody put into the stream would not survive as a line of its own. */
const isLine = (text: string): boolean => text.startsWith("{") && !text.includes("\n")

/**
 * Writes events exactly as they are stored, one a line, in order; `left` counts messages that are no JSON object on one line
 * and so no events. The file appears when it is whole.
 */
export const exportLog = (
  file: string,
  options: Omit<ReadOptions, "types">,
  onEvent: () => void
): Effect.Effect<
  { readonly events: number; readonly left: number; readonly sha256: string },
  ReadError | ExportError,
  EventLog
> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const temporary = `${file}.${process.pid}.part`
    const failed = (cause: unknown) =>
      new ExportError({ file, detail: `the export can't be written: ${refusal(cause, dirname(resolve(file)))}` })
    if (existsSync(file) && statSync(file).isDirectory())
      return yield* new ExportError({ file, detail: "this is a folder; give the name of a file to write" })
    const descriptor = yield* Effect.acquireRelease(
      Effect.try({ try: () => openSync(temporary, "w"), catch: failed }),
      (open, exit) =>
        Effect.sync(() => {
          closeSync(open)
          if (Exit.isFailure(exit)) rmSync(temporary, { force: true })
        })
    )
    const hash = createHash("sha256")
    let events = 0
    let left = 0
    let lines: Array<string> = []
    let size = 0
    let problem: ExportError | undefined
    const flush = () => {
      const chunk = Buffer.from(lines.join(""))
      lines = []
      size = 0
      hash.update(chunk)
      try {
        for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at)
      } catch (cause) {
        problem ??= failed(cause)
      }
    }
    yield* log.read(options, (message) => {
      const text = message.text()
      if (!isLine(text)) {
        left++
        return
      }
      const line = `${text}\n`
      lines.push(line)
      size += line.length
      events++
      onEvent()
      if (size >= chunkBytes) flush()
    })
    flush()
    if (problem !== undefined) return yield* problem
    yield* Effect.try({
      try: () => {
        fsyncSync(descriptor)
        renameSync(temporary, file)
      },
      catch: failed
    })
    return { events, left, sha256: hash.digest("hex") }
  }).pipe(Effect.scoped)
