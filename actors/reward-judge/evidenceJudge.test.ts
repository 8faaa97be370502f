import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Question } from "../../events/shapes.ts"
import { initial, nth, ofType, question } from "../testing/fixtures.ts"
import { passage, play } from "../testing/play.ts"
import { evidenceJudge } from "./evidenceJudge.ts"

const gold = question({
  evidence: { passageIds: ["g1", "g2"], titles: ["Yu Rongguang", "Musa (film)"], subQuestions: [] }
})
const documents: Record<string, ReadonlyArray<ReturnType<typeof passage>>> = {
  first: [passage("g1", "Yu Rongguang"), passage("x", "Kung fu")],
  again: [passage("g1", "Yu Rongguang"), passage("y", "Wushu")],
  astray: [passage("x", "Kung fu"), passage("y", "Wushu")],
  nothing: []
}

/** The judgement of the last of the queries. */
const judged = (queries: ReadonlyArray<string>, asked: Question = gold) => {
  const { retrieved } = play({
    context: initial({ question: asked }),
    outputs: queries.map((query) => `<search>${query}</search>`),
    search: (query) => documents[query] ?? []
  })
  return Effect.map(evidenceJudge.handle(nth(retrieved, -1)), ([event]) => ofType("QueryScored", event).data)
}

describe("evidence judge", () => {
  it.effect("finds a query useful that brings a gold passage no earlier round had", () =>
    Effect.gen(function* () {
      const { result, evidence, explanation } = yield* judged(["astray", "first"])
      assert.deepStrictEqual(result, { kind: "value", score: 1 })
      assert.deepStrictEqual(evidence, { gold: { retrieved: ["g1"], fresh: ["g1"] } })
      assert.include(explanation, '"Yu Rongguang"')
    })
  )

  it.effect.each([
    { behaviour: "only known gold", queries: ["first", "again"], retrieved: ["g1"], says: "already found" },
    { behaviour: "no gold", queries: ["astray"], retrieved: [], says: '"Kung fu", "Wushu"' },
    { behaviour: "no document", queries: ["nothing"], retrieved: [], says: "no document" }
  ])("finds a query useless that brings $behaviour", ({ queries, retrieved, says }) =>
    Effect.gen(function* () {
      const { result, evidence, explanation } = yield* judged(queries)
      assert.deepStrictEqual(result, { kind: "value", score: 0 })
      assert.deepStrictEqual(evidence, { gold: { retrieved, fresh: [] } })
      assert.include(explanation, says)
    })
  )

  it.effect("never names a gold passage that was not retrieved", () =>
    Effect.gen(function* () {
      for (const queries of [["astray"], ["first"], ["first", "again"], ["nothing"]]) {
        const { explanation } = yield* judged(queries)
        assert.notInclude(explanation, "Musa")
      }
    })
  )

  it.effect("leaves a question without gold passages unscored", () =>
    Effect.gen(function* () {
      const { result, explanation } = yield* judged(["first"], question())
      assert.deepStrictEqual(result, { kind: "unparsed" })
      assert.include(explanation, "without gold passages")
    })
  )
})
