import { DatabaseSync } from "node:sqlite"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { type Corpus, readCorpus } from "../corpus.ts"
import { buildBm25 } from "./bm25.ts"
import { termsOf } from "./terms.ts"

const corpusOf = (...contents: ReadonlyArray<string>): Corpus => ({
  documents: contents.map((text, i) => ({ id: `d${i}`, contents: text })),
  fingerprint: contents.join("|")
})

const idsOf = (corpus: Corpus, query: string, topK = 5) =>
  buildBm25(corpus)
    .search(query, topK)
    .map(({ id }) => id)

describe("buildBm25", () => {
  it("computes Lucene's BM25", () => {
    const corpus = corpusOf("red red apple", "green apple", "blue sky today here")
    const [first, ...others] = buildBm25(corpus, { k1: 1.2, b: 0.75 }).search("red", 5)
    const idf = Math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert.strictEqual(first?.id, "d0")
    assert.closeTo(first?.score ?? 0, (idf * 2) / (2 + 1.2 * (1 - 0.75 + (0.75 * 3) / 3)), 1e-12)
    assert.isEmpty(others)
  })

  it("ranks the document that holds the rarer word first", () => {
    assert.deepStrictEqual(idsOf(corpusOf("river bank", "river mouth", "river delta"), "river delta"), [
      "d2",
      "d0",
      "d1"
    ])
  })

  it("breaks ties by the corpus's order", () => {
    assert.deepStrictEqual(idsOf(corpusOf("a lake", "one lake", "two lake", "his lake"), "lake", 3), ["d0", "d3", "d1"])
  })

  it("returns no more than topK documents", () => {
    assert.lengthOf(idsOf(corpusOf("lake", "lake", "lake"), "lake", 2), 2)
    assert.isEmpty(idsOf(corpusOf("lake"), "lake", 0))
  })

  it("finds nothing when no document holds a word of the query", () => {
    const corpus = corpusOf("the lake of the woods")
    for (const query of ["", "  ", "?!", "zyzzyva", "who is the"]) assert.isEmpty(idsOf(corpus, query))
  })

  it("finds nothing in an empty corpus", () => {
    assert.isEmpty(idsOf(corpusOf(), "lake"))
  })

  it("leaves nothing behind: a search twice gives the same scores", () => {
    const retriever = buildBm25(corpusOf("red apple", "green apple", "red sky"))
    const first = retriever.search("red apple", 5)
    retriever.search("green sky", 1)
    assert.deepStrictEqual(retriever.search("red apple", 5), first)
  })

  it("changes its fingerprint with corpus and options, and only then", () => {
    const corpus = corpusOf("lake")
    const fingerprint = buildBm25(corpus).fingerprint
    assert.strictEqual(buildBm25(corpus, { k1: 0.9 }).fingerprint, fingerprint)
    assert.notStrictEqual(buildBm25(corpus, { k1: 1.2 }).fingerprint, fingerprint)
    assert.notStrictEqual(buildBm25(corpusOf("sea")).fingerprint, fingerprint)
  })
})

layer(NodeFileSystem.layer)("buildBm25 against SQLite's FTS5", (it) => {
  // For one term both formulas differ by a constant factor only, so the rankings must be the same.
  it.effect("ranks every single-term query alike over real passages", () =>
    Effect.gen(function* () {
      const corpus = yield* readCorpus("examples/small/corpus.jsonl")
      const retriever = buildBm25(corpus, { k1: 1.2, b: 0.75, stopWords: [] })
      const fts5 = new DatabaseSync(":memory:")
      fts5.exec(`create virtual table passages using fts5(contents, tokenize = "unicode61 remove_diacritics 2")`)
      const insert = fts5.prepare("insert into passages(rowid, contents) values (?, ?)")
      corpus.documents.forEach(({ contents }, i) => void insert.run(i, termsOf(contents).join(" ")))
      const select = fts5.prepare("select rowid from passages where passages match ? order by rank, rowid limit 10")

      const terms = new Set(corpus.documents.slice(0, 20).flatMap(({ contents }) => termsOf(contents)))
      assert.isAbove(terms.size, 500)
      for (const term of terms) {
        const expected = select.all(`"${term}"`).map(({ rowid }) => corpus.documents[Number(rowid)]?.id)
        const found = retriever.search(term, 10).map(({ id }) => id)
        assert.deepStrictEqual(found, expected, term)
      }
      fts5.close()
    })
  )
})
