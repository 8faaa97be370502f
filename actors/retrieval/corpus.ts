import { createHash } from "node:crypto"
import { Effect, FileSystem, Result, Schema, Stream } from "effect"

/** A passage a retriever can find. `contents` is `"Title"`, a line break, and the text. */
export interface CorpusDocument {
  readonly id: string
  readonly contents: string
}

/** All passages of one file, in its order. */
export interface Corpus {
  readonly documents: ReadonlyArray<CorpusDocument>
  /** SHA-256 of the file's bytes, 64 hexadecimal digits: the same fingerprint means the same documents in the same order. */
  readonly fingerprint: string
}

/**
 * Thrown when a corpus file is not JSON Lines of `{"id", "contents"}`: a line is no JSON object, a field is missing or of the
 * wrong type, an id stands twice, or there is no document at all.
 */
export class CorpusError extends Schema.TaggedError<CorpusError>()("CorpusError", {
  file: Schema.String,
  /** Counts from 1; 0 when the whole file is meant. */
  line: Schema.Natural,
  expected: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    const place = this.line === 0 ? this.file : `${this.file}:${this.line}`
    return `${place}: expected ${this.expected}, found ${this.found}`
  }
}

/** What is wrong with one line, before anyone knows the file. */
export interface LineProblem {
  readonly line: number
  readonly expected: string
  readonly found: string
}

/**
 * Reads one line of a corpus: `{"id": …, "contents": …}`, other fields ignored. An id may also be an integer, as some
 * published corpora have it; it becomes its decimal digits.
 */
export const parseCorpusLine = (line: string, lineNumber: number): Result.Result<CorpusDocument, LineProblem> => {
  const problem = (expected: string, found: string) => Result.fail({ line: lineNumber, expected, found })
  const row = Result.getOrUndefined(Result.try((): unknown => JSON.parse(line)))
  if (!isObject(row)) return problem('a JSON object {"id", "contents"} on one line', excerpt(line))
  const { id: given, contents } = row
  const id = Number.isSafeInteger(given) ? String(given) : given
  if (typeof id !== "string" || id === "") return problem('"id" to be a non-empty string', describe(row, "id"))
  if (typeof contents !== "string" || contents === "") {
    return problem('"contents" to be a non-empty string: "Title", a line break, the text', describe(row, "contents"))
  }
  return Result.succeed({ id, contents })
}

/**
 * Reads a corpus file into memory, as a stream: the file itself is never held as one text. Blank lines are skipped.
 *
 * Fails with a `CorpusError` that names the file and the line, or with a `PlatformError` when the file cannot be read.
 */
export const readCorpus = Effect.fn("readCorpus")(function* (file: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const hash = createHash("sha256")
  const documents: Array<CorpusDocument> = []
  const lineOf = new Map<string, number>()
  let lineNumber = 0

  const add = (line: string): Result.Result<void, LineProblem> => {
    lineNumber++
    if (line.trim() === "") return Result.void
    return Result.flatMap(parseCorpusLine(line, lineNumber), (document) => {
      const first = lineOf.get(document.id)
      if (first !== undefined) {
        const found = `"${document.id}" a second time, after line ${first}`
        return Result.fail({ line: lineNumber, expected: "every id once", found })
      }
      lineOf.set(document.id, lineNumber)
      documents.push(document)
      return Result.void
    })
  }
  const failed = (problem: LineProblem) => Effect.fail(new CorpusError({ file, ...problem }))

  yield* fileSystem.stream(file).pipe(
    Stream.tap((bytes) => Effect.sync(() => hash.update(bytes))),
    Stream.decodeText,
    Stream.splitLines,
    Stream.runForEachArray((lines) => {
      for (const line of lines) {
        const added = add(line)
        if (Result.isFailure(added)) return failed(added.failure)
      }
      return Effect.void
    })
  )
  if (documents.length === 0) return yield* failed({ line: 0, expected: "at least one document", found: "none" })
  const corpus: Corpus = { documents, fingerprint: hash.digest("hex") }
  return corpus
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const describe = (row: Readonly<Record<string, unknown>>, field: string): string =>
  field in row
    ? excerpt(JSON.stringify(row[field]))
    : `no "${field}" (fields: ${Object.keys(row).join(", ") || "none"})`

const excerpt = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
