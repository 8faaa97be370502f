import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { GenerationRequest } from "../../../actors/languageModel.ts"
import { priming, stopAfterSearch } from "../../../method/protocol.ts"
import { heuristicModel } from "./heuristicModel.ts"

const request: GenerationRequest = {
  model: "policy",
  system: "Answer with searches.",
  user: "Who directed Alba?",
  assistant: priming,
  sampling: { temperature: 0, topP: 1, maxNewTokens: 1000, stop: [stopAfterSearch] }
}

const withSampling = (sampling: Partial<GenerationRequest["sampling"]>) =>
  heuristicModel({ ...request, sampling: { ...request.sampling, ...sampling } })

describe("heuristicModel", () => {
  it.effect("keeps the stop string and counts words", () =>
    Effect.gen(function* () {
      const { completionTokens, finishReason, promptTokens, text } = yield* heuristicModel(request)
      assert.isTrue(text.endsWith(stopAfterSearch))
      assert.strictEqual(finishReason, "stop")
      assert.strictEqual(completionTokens, text.trim().split(/\s+/).length)
      assert.strictEqual(promptTokens, 7)
    })
  )

  it.effect("stops at the first stop string", () =>
    Effect.gen(function* () {
      const { text } = yield* withSampling({ stop: ["</think>", stopAfterSearch] })
      assert.isTrue(text.endsWith("</think>"))
    })
  )

  it.effect("is cut off at maxNewTokens words", () =>
    Effect.gen(function* () {
      const whole = yield* heuristicModel(request)
      const cut = yield* withSampling({ maxNewTokens: 4 })
      assert.strictEqual(cut.finishReason, "length")
      assert.strictEqual(cut.completionTokens, 4)
      assert.isTrue(whole.text.startsWith(cut.text))
    })
  )

  it.effect("minds the seed only when the temperature is above 0", () =>
    Effect.gen(function* () {
      const texts = (temperature: number) =>
        Effect.forEach(
          Array.from({ length: 10 }, (_, seed) => seed),
          (seed) => Effect.map(withSampling({ temperature, seed }), ({ text }) => text)
        )
      assert.strictEqual(new Set(yield* texts(0)).size, 1)
      assert.isAbove(new Set(yield* texts(1)).size, 1)
    })
  )
})
