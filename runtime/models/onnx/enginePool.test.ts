import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { enginePool } from "./enginePool.ts"
import { completeAll, smallEngine } from "./testing/runningEngine.ts"
import { jobOf, somePrompt } from "./testing/smallModel.ts"

const jobs = Array.from({ length: 9 }, (_, seed) => jobOf(somePrompt(20 + seed, seed), { temperature: 1, seed }))

describe("a pool of engines", () => {
  it.live("generates what one of them does, in shares of the same size", () =>
    Effect.gen(function* () {
      const one = yield* smallEngine({ reproducible: true })
      const [first, second, third] = yield* Effect.all(
        [1, 2, 3].map(() => smallEngine({ reproducible: true })),
        { concurrency: "unbounded" }
      )
      assert(first !== undefined && second !== undefined && third !== undefined)
      const found = yield* completeAll(enginePool(first, [second, third]), jobs)
      const expected = yield* completeAll(one, jobs)
      assert.deepStrictEqual(
        found.map(({ ids, logProbs }) => ({ ids, logProbs })),
        expected.map(({ ids, logProbs }) => ({ ids, logProbs }))
      )
      const shares = yield* Effect.all([first.stats, second.stats, third.stats])
      assert.deepStrictEqual(
        shares.map(({ completionTokens }) => completionTokens),
        [36, 36, 36]
      )
      const { completionTokens, promptTokens } = yield* enginePool(first, [second, third]).stats
      assert.deepStrictEqual([promptTokens, completionTokens], [216, 108])
    }).pipe(Effect.scoped)
  )

  it.live("counts a text as gone when nobody listens any more", () =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.all([smallEngine({ maxBatch: 1 }), smallEngine({ maxBatch: 1 })])
      const pool = enginePool(first, [second])
      const endless = jobOf(somePrompt(5, 1), { maxNewTokens: 200 })
      yield* Effect.forEach([1, 2, 3, 4], () => pool.generate(endless).pipe(Stream.take(1), Stream.runDrain))
      const found = yield* completeAll(pool, [jobOf(somePrompt(5, 2)), jobOf(somePrompt(5, 3))])
      assert.deepStrictEqual(
        found.map(({ ids }) => ids.length),
        [12, 12]
      )
    }).pipe(Effect.scoped)
  )
})
