import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { EventOf } from "../../events/envelope.ts"
import { initial, ofType, stored } from "../testing/fixtures.ts"
import { passage, play } from "../testing/play.ts"
import { appendResults, emptyQueryNotice } from "./appendResults.ts"
import { retrieval } from "./retrieval.ts"
import { Retriever, type SearchRequest, unknownRetriever } from "./retriever.ts"

const issued = (query: string): EventOf<"QueryIssued"> => {
  const { trajectoryId } = initial()
  const transcript = `<think>so</think><search>${query}</search>`
  return stored({
    type: "QueryIssued",
    subject: `${trajectoryId}:1`,
    data: {
      ...initial(),
      transcript,
      rounds: [],
      turns: [],
      round: 1,
      queryId: `${trajectoryId}:1`,
      query,
      queryEnd: transcript.length,
      pending: []
    }
  })
}

const foundNothing = { documents: [], fingerprint: "f", latencyMs: 1 }

describe("retrieval", () => {
  it.effect("searches what the rollout's settings name, and tells how long it took", () =>
    Effect.gen(function* () {
      const asked: Array<SearchRequest> = []
      const retriever = Layer.succeed(Retriever, {
        search: (request) =>
          Effect.sync(() => asked.push(request)).pipe(
            Effect.andThen(Effect.sleep("30 millis")),
            Effect.as({ documents: [passage("d1")], fingerprint: "corpus" })
          )
      })
      const handling = yield* Effect.forkChild(retrieval.handle(issued("Musa")).pipe(Effect.provide(retriever)))
      yield* TestClock.adjust("30 millis")
      const [event] = yield* Fiber.join(handling)
      assert.deepStrictEqual(asked, [{ retriever: "bm25", query: "Musa", topK: 5 }])
      const { data } = ofType("DocumentsRetrieved", event)
      assert.deepStrictEqual(data.retriever, { name: "bm25", fingerprint: "corpus" })
      assert.strictEqual(data.latencyMs, 30)
      assert.deepStrictEqual(data.documents, [passage("d1")])
    })
  )

  it.effect("searches nothing for an empty query, and the transcript says so", () =>
    Effect.gen(function* () {
      const retriever = Layer.succeed(Retriever, { search: () => Effect.die("searched") })
      const [event] = yield* retrieval.handle(issued(" ")).pipe(Effect.provide(retriever))
      const { data } = ofType("DocumentsRetrieved", event)
      assert.deepStrictEqual(data.documents, [])
      assert.include(data.transcript, `<result>result: \n${emptyQueryNotice}\n</result>\n`)
    })
  )

  it.effect("fails for good when the configuration lacks the retriever, naming those it has", () =>
    Effect.gen(function* () {
      const retriever = Layer.succeed(Retriever, {
        search: ({ retriever: name }) => Effect.fail(unknownRetriever(name, ["e5", "web"]))
      })
      const error = yield* retrieval.handle(issued("Musa")).pipe(Effect.provide(retriever), Effect.flip)
      assert.isFalse(error.retryable)
      assert.strictEqual(error.message, 'retriever "bm25": unknown-retriever: the configuration names e5, web')
    })
  )
})

describe("appendResults", () => {
  it("puts the documents behind the query and records where they lie", () => {
    const query = issued("Musa")
    const { data } = ofType(
      "DocumentsRetrieved",
      appendResults(query, { ...foundNothing, documents: [passage("d1"), passage("d2")] })
    )
    const [round] = data.rounds
    assert.strictEqual(
      data.transcript.slice(round?.resultStart, round?.resultEnd),
      '<result>result: \n"d1"\nAbout d1.\n\n"d2"\nAbout d2.\n</result>'
    )
    assert.deepInclude(round, { round: 1, query: "Musa", kind: "issued", documentIds: ["d1", "d2"] })
  })

  it("lists what earlier rounds retrieved, each once, oldest first", () => {
    const results: Record<string, ReadonlyArray<string>> = { a: ["x", "y"], b: ["y", "z"], c: ["w"] }
    const { retrieved } = play({
      outputs: ["<search>a</search>", "<search>b</search>", "<search>c</search>"],
      search: (query) => (results[query] ?? []).map((id) => passage(id))
    })
    assert.deepStrictEqual(
      retrieved.map(({ data }) => data.earlierDocumentIds),
      [[], ["x", "y"], ["x", "y", "z"]]
    )
  })

  it("knows a document without an id by its exact text", () => {
    const [first, second] = ["same", "other"].map((contents) => ({ id: "", contents }))
    const idsOf = (documents: ReadonlyArray<{ id: string; contents: string }>) =>
      ofType("DocumentsRetrieved", appendResults(issued("Musa"), { ...foundNothing, documents })).data.documents.map(
        ({ id }) => id
      )
    assert.isDefined(first)
    assert.isDefined(second)
    const [a, b] = idsOf([first, second])
    assert.notStrictEqual(a, b)
    assert.match(a ?? "", /^text-[0-9a-f]{16}$/)
    assert.deepStrictEqual(idsOf([{ ...first }]), [a])
  })
})
