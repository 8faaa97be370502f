import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { buildBm25 } from "../../../actors/retrieval/bm25/bm25.ts"
import { parseCorpusLine } from "../../../actors/retrieval/corpus.ts"
import { contentsOf } from "../world/passages.ts"
import { trueWorld } from "../world/world.ts"
import { lastWord, libraryOf } from "./library.ts"

const library = libraryOf(trueWorld(), 3)

describe("the library of a world", () => {
  it("finds what a run finds in the corpus of that world", () => {
    const documents = readFileSync(join(import.meta.dirname, "..", "corpus.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line, index) => Result.getOrThrow(parseCorpusLine(line, index + 1)))
    const runs = buildBm25({ documents, fingerprint: "" })
    for (const query of ["capital of Peru", "country with currency Euro", "calling code of", "the Guinean people"]) {
      assert.deepStrictEqual(
        library.search(query).map((passage) => [passage.id, contentsOf(passage)]),
        runs.search(query, 3).map(({ contents, id }) => [id, contents]),
        query
      )
    }
    assert.deepStrictEqual(library.search("xyzzy"), [])
  })

  it("tells which words several names end in", () => {
    for (const word of ["Guinea", "Congo", "Islands"]) assert.isTrue(library.sharedWords.has(word), word)
    for (const word of ["Peru", "Bissau", "DR"]) assert.isFalse(library.sharedWords.has(word), word)
  })
})

it.each([
  ["Peru", "Peru"],
  ["Papua New Guinea", "Guinea"],
  ["Guinea-Bissau", "Bissau"],
  ["", ""]
])("the last word of %s is %s", (name, word) => assert.strictEqual(lastWord(name), word))
