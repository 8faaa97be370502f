import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { nth, ofType } from "../testing/fixtures.ts"
import { passage, play } from "../testing/play.ts"
import { redundancyChecker } from "./redundancyChecker.ts"

/** Two rounds: the second one retrieves `again` of the first one's documents, and one of its own. */
const secondRound = (again: number) => {
  const known = ["a", "b", "c"]
  const { retrieved } = play({
    outputs: ["<search>first</search>", "<search>second</search>"],
    search: (query) => (query === "first" ? known : [...known.slice(0, again), "new"]).map((id) => passage(id))
  })
  return nth(retrieved, 1)
}

const scored = (again: number, maxOverlap?: number) =>
  Effect.map(
    redundancyChecker(maxOverlap === undefined ? undefined : { maxOverlap }).handle(secondRound(again)),
    ([event]) => ofType("QueryScored", event)
  )

describe("redundancy-checker", () => {
  it.effect.each([
    { again: 0, score: 1 },
    { again: 1, score: 1 },
    { again: 2, score: 0 }
  ])("gives $score when $again documents are known, with K = 1", ({ again, score }) =>
    Effect.gen(function* () {
      const { data } = yield* scored(again)
      assert.deepStrictEqual(data.result, { kind: "value", score })
      assert.deepStrictEqual(data.evidence.overlap, ["a", "b"].slice(0, again))
    })
  )

  it.effect("takes another K from its settings", () =>
    Effect.gen(function* () {
      const { data } = yield* scored(2, 2)
      assert.deepStrictEqual(data.result, { kind: "value", score: 1 })
    })
  )

  it.effect("scores the query of the round, in words", () =>
    Effect.gen(function* () {
      const { data, subject } = yield* scored(3)
      assert.deepInclude(data, { round: 2, query: "second", scorer: { name: "novelty", version: "1" } })
      assert.strictEqual(subject, data.queryId)
      assert.match(data.explanation, /redundant.*3 documents/)
    })
  )
})
