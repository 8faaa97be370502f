import { Effect, FileSystem, type PlatformError, Schema, Stream } from "effect"

/** Thrown when a line of a file is not what the command reads. */
export class LineError extends Schema.TaggedError<LineError>()("LineError", {
  file: Schema.String,
  /** Counts from 1. */
  line: Schema.Natural,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}:${this.line}: ${this.detail}`
  }
}

/** Hands every line of a text file that is not blank to `onLine`, with its number, without holding the file in memory. */
export const forEachLine = <E, R>(
  file: string,
  onLine: (line: string, number: number) => Effect.Effect<void, E, R>
): Effect.Effect<number, E | PlatformError.PlatformError, FileSystem.FileSystem | R> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    let number = 0
    yield* fileSystem.stream(file).pipe(
      Stream.decodeText,
      Stream.splitLines,
      Stream.runForEachArray((lines) =>
        Effect.forEach(
          lines,
          (line) => {
            number++
            return line.trim() === "" ? Effect.void : onLine(line, number)
          },
          { discard: true }
        )
      )
    )
    return number
  })
