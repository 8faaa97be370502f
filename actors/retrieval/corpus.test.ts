import { hash } from "node:crypto"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import { parseCorpusLine, readCorpus } from "./corpus.ts"

const rush = { id: "p1", contents: '"Rush (band)"\nRush was a Canadian rock band.' }
const peart = { id: "p2", contents: '"Neil Peart"\nNeil Peart was a Canadian drummer – and a lyricist.' }

const written = Effect.fnUntraced(function* (text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const file = `${yield* fileSystem.makeTempDirectoryScoped()}/corpus.jsonl`
  yield* fileSystem.writeFileString(file, text)
  return file
})

const jsonl = (...rows: ReadonlyArray<unknown>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

const failureOf = (text: string) => Effect.flatMap(written(text), (file) => Effect.flip(readCorpus(file)))

describe("parseCorpusLine", () => {
  it("reads id and contents and ignores other fields", () => {
    assert.deepStrictEqual(parseCorpusLine(JSON.stringify({ ...rush, title: "Rush" }), 1), Result.succeed(rush))
  })

  it("takes an integer id as its digits", () => {
    assert.deepStrictEqual(parseCorpusLine('{"id": 0, "contents": "x"}', 1), Result.succeed({ id: "0", contents: "x" }))
  })

  it("says which field is missing and which are there", () => {
    const problem = Result.getOrThrow(Result.flip(parseCorpusLine('{"id": "p1", "text": "x"}', 7)))
    assert.strictEqual(problem.line, 7)
    assert.match(problem.expected, /^"contents"/)
    assert.strictEqual(problem.found, 'no "contents" (fields: id, text)')
  })

  for (const line of ["[1]", "null", '"text"', "{", '{"id": 1.5, "contents": "x"}', '{"id": "a", "contents": ""}']) {
    it(`refuses ${line}`, () => {
      assert.isTrue(Result.isFailure(parseCorpusLine(line, 1)))
    })
  }
})

describe("readCorpus", () => {
  it.effect("keeps the file's order, skips blank lines, and fingerprints the bytes", () =>
    Effect.gen(function* () {
      const text = `${jsonl(peart)}\n${jsonl(rush)}`
      const corpus = yield* readCorpus(yield* written(text))
      assert.deepStrictEqual(corpus.documents, [peart, rush])
      assert.strictEqual(corpus.fingerprint, hash("sha256", text, "hex"))
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("names file and line of a broken row", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(`${jsonl(rush)}{"id": "p2"}\n`)
      assert.strictEqual(error._tag, "CorpusError")
      assert.match(error.message, /corpus\.jsonl:2: expected "contents" .*, found no "contents" \(fields: id\)$/)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("refuses an id that stands twice", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(jsonl(rush, peart, rush))
      assert.match(error.message, /:3: expected every id once, found "p1" a second time, after line 1$/)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("refuses a file without documents", () =>
    Effect.gen(function* () {
      const error = yield* failureOf("\n")
      assert.match(error.message, /corpus\.jsonl: expected at least one document, found none$/)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("lets a missing file be a platform error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readCorpus("no/such/corpus.jsonl"))
      assert.strictEqual(error._tag, "PlatformError")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
