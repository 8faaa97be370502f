import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { askModel } from "./askModel.ts"
import { generated } from "./testing/play.ts"
import { scriptedModel } from "./testing/scriptedModel.ts"

const question = {
  model: "judge",
  system: "s",
  user: "u",
  sampling: { temperature: 0.6, topP: 1, maxNewTokens: 10, stop: [] },
  attempts: 3
}
const readNumber = (reply: string): number | undefined => (/^\d+$/.test(reply) ? Number(reply) : undefined)

describe("askModel", () => {
  it.effect("asks until a reply can be read, and tells what all of it took", () =>
    Effect.gen(function* () {
      const counts = { promptTokens: 10, completionTokens: 2, latencyMs: 5 }
      const { layer } = scriptedModel([
        generated("what?", counts),
        generated("7", { ...counts, model: "served-judge" })
      ])
      const { value, exchange } = yield* askModel(question, readNumber).pipe(Effect.provide(layer))
      assert.strictEqual(value, 7)
      assert.deepStrictEqual(exchange, {
        model: "served-judge",
        system: "s",
        user: "u",
        reply: "7",
        attempts: 2,
        latencyMs: 10,
        promptTokens: 20,
        completionTokens: 4
      })
    })
  )

  it.effect("gives up after the last attempt, with the last reply", () =>
    Effect.gen(function* () {
      const { layer, requests } = scriptedModel(["a", "b", "c", "4"])
      const { value, exchange } = yield* askModel(question, readNumber).pipe(Effect.provide(layer))
      assert.isUndefined(value)
      assert.strictEqual(requests.length, 3)
      assert.deepInclude(exchange, { reply: "c", attempts: 3 })
    })
  )

  it.effect("takes another seed for every attempt, where there is one", () =>
    Effect.gen(function* () {
      const { layer, requests } = scriptedModel(["a", "b", "3"])
      const seeded = { ...question, sampling: { ...question.sampling, seed: 40 } }
      yield* askModel(seeded, readNumber).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        requests.map(({ sampling }) => sampling.seed),
        [40, 41, 42]
      )
    })
  )

  it.effect("counts no tokens when one of the attempts was not counted", () =>
    Effect.gen(function* () {
      const { layer } = scriptedModel([generated("a", { promptTokens: 10 }), "3"])
      const { exchange } = yield* askModel(question, readNumber).pipe(Effect.provide(layer))
      assert.notProperty(exchange, "promptTokens")
    })
  )
})
