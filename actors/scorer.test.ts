import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { scorer as titleHit } from "../examples/scorers/titleHit.ts"
import { parseScorerModule, type Scorer, scorerActor } from "./scorer.ts"
import { nth, ofType } from "./testing/fixtures.ts"
import { passage, play } from "./testing/play.ts"

const disk: unknown = new Error("disk")

const { retrieved } = play({
  outputs: ["<search>the film Musa</search>"],
  search: () => [passage("d1", "Yu Rongguang"), passage("d2", "Musa")]
})
const round = nth(retrieved, 0)

const handle = (score: Scorer["score"]) => scorerActor({ name: "mine", version: "2", score }).handle(round)
const handleBad = (score: () => unknown) =>
  // What a user's module really returns is not known to the compiler.
  handle(score as Scorer["score"]).pipe(Effect.flip)

describe("a scorer of one's own", () => {
  it.effect.each([
    { behaviour: "a number", score: () => 0.5 },
    { behaviour: "an object", score: () => ({ score: 0.5 }) },
    { behaviour: "a promise", score: () => Promise.resolve(0.5) },
    { behaviour: "an effect", score: () => Effect.succeed({ score: 0.5 }) }
  ])("may return $behaviour", ({ score }) =>
    Effect.gen(function* () {
      const { data } = ofType("QueryScored", nth(yield* handle(score), 0))
      assert.deepStrictEqual(data.result, { kind: "value", score: 0.5 })
      assert.deepStrictEqual(data.scorer, { name: "mine", version: "2" })
      assert.include(data.explanation, "0.5")
      assert.deepStrictEqual(data.evidence, {})
    })
  )

  it.effect("may explain itself and leave a note", () =>
    Effect.gen(function* () {
      const events = yield* handle(() => ({ score: 0, explanation: "Too long.", note: { words: 12 } }))
      const { data } = ofType("QueryScored", nth(events, 0))
      assert.strictEqual(data.explanation, "Too long.")
      assert.deepStrictEqual(data.evidence, { note: { words: 12 } })
    })
  )

  it.effect("sees everything that is known of the query", () =>
    Effect.gen(function* () {
      let seen: unknown
      yield* handle((query) => {
        seen = query
        return 1
      })
      assert.strictEqual(seen, round.data)
    })
  )

  it.effect.each<{ returned: unknown; shown: string }>([
    { returned: 1.5, shown: "found 1.5" },
    { returned: Number.NaN, shown: "found NaN" },
    { returned: "1", shown: 'found "1"' },
    { returned: undefined, shown: "found nothing" },
    { returned: { score: -1 }, shown: 'found {"score":-1}' },
    { returned: { score: 1, note: new Date(0) }, shown: '"note"' }
  ])("is parked when it returns what is no score: $shown", ({ returned, shown }) =>
    Effect.gen(function* () {
      const error = yield* handleBad(() => returned)
      assert.deepInclude({ ...error }, { scorer: "mine", reason: "bad-score", retryable: false })
      assert.include(error.message, `scorer "mine" on query ${round.data.queryId}`)
      assert.include(error.message, shown)
    })
  )

  it.effect.each([
    {
      behaviour: "throws",
      score: () => {
        throw new Error("disk")
      }
    },
    { behaviour: "rejects", score: () => Promise.reject(new Error("disk")) },
    { behaviour: "fails", score: () => Effect.fail(disk) }
  ])("is tried again when it $behaviour", ({ score }) =>
    Effect.gen(function* () {
      const error = yield* handle(score).pipe(Effect.flip)
      assert.deepInclude({ ...error }, { reason: "failed", retryable: true, detail: "Error: disk" })
    })
  )
})

describe("a scorer's module", () => {
  const parsed = (module: unknown) => parseScorerModule(module, "mine.ts")
  const score = () => 1

  it("exports a plain object that is called as its own", () => {
    const scorer = {
      name: "a-2",
      version: "1",
      weight: 0.25,
      score(this: { weight: number }) {
        return this.weight
      }
    }
    const read = Result.getOrThrow(parsed({ scorer }))
    assert.strictEqual(read.score(round.data), 0.25)
    assert.deepInclude({ ...read }, { name: "a-2", version: "1" })
  })

  it.each<[behaviour: string, module: unknown, message: string]>([
    ["no export", {}, "mine.ts: expected an export `scorer`, an object { name, version, score }, found nothing"],
    ["another kind of export", { scorer: () => 1 }, "expected an export `scorer`"],
    ["no name", { scorer: { version: "1", score } }, "expected `scorer.name` to be"],
    ["a name that combinations can't say", { scorer: { name: "My Scorer", version: "1", score } }, 'found "My Scorer"'],
    ["a name that means something else there", { scorer: { name: "not", version: "1", score } }, 'found "not"'],
    ["a combination for a name", { scorer: { name: "(a)", version: "1", score } }, 'found "(a)"'],
    [
      "no version",
      { scorer: { name: "a", version: 1, score } },
      'expected `scorer.version` to be a text such as "1", found 1'
    ],
    ["no function", { scorer: { name: "a", version: "1", score: 1 } }, "expected `scorer.score` to be a function"]
  ])("is refused with %s", (_, module, message) => {
    const read = parsed(module)
    assert.include(Result.isFailure(read) ? read.failure.message : "", message)
  })
})

describe("the example scorer titleHit", () => {
  it.effect("is a scorer, and gives 1 to a query that names a title it found", () =>
    Effect.gen(function* () {
      assert.isTrue(Result.isSuccess(parseScorerModule({ scorer: titleHit }, "titleHit.ts")))
      const { data } = ofType("QueryScored", nth(yield* scorerActor(titleHit).handle(round), 0))
      assert.deepStrictEqual(data.result, { kind: "value", score: 1 })
      assert.strictEqual(titleHit.score({ query: "wushu", documents: round.data.documents }), 0)
    })
  )
})
