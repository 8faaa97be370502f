import { assert, describe, it } from "@effect/vitest"
import { parameterShapes, sizeOf } from "./config.ts"
import { initializeWeights } from "./initialize.ts"
import { tinyConfig } from "./testing/tiny.ts"

const config = { ...tinyConfig, vocabularySize: 5000, tiedEmbeddings: false }

const deviationOf = (values: Float32Array = new Float32Array(0)): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)

describe("initializeWeights", () => {
  it("gives every parameter its size: norms 1, biases 0, the rest normal with a deviation of 0.02", () => {
    const weights = initializeWeights(config, 1)
    const sizes = Object.entries(weights).map(([name, values]) => [name, values.length])
    assert.deepStrictEqual(
      sizes,
      Object.entries(parameterShapes(config)).map(([name, shape]) => [name, sizeOf(shape)])
    )
    assert.deepStrictEqual(weights["model.layers.1.input_layernorm.weight"], new Float32Array(8).fill(1))
    assert.deepStrictEqual(weights["model.norm.weight"], new Float32Array(8).fill(1))
    assert.deepStrictEqual(weights["model.layers.0.self_attn.k_proj.bias"], new Float32Array(4))
    assert.approximately(deviationOf(weights["model.embed_tokens.weight"]), 0.02, 0.0005)
    assert.approximately(deviationOf(weights["lm_head.weight"]), 0.02, 0.0005)
    assert.approximately(deviationOf(initializeWeights(config, 1, 0.5)["lm_head.weight"]), 0.5, 0.0125)
  })

  it("gives the same for the same seed, other weights for another one, and for every parameter", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => initializeWeights(config, seed))
    assert.deepStrictEqual(first, again)
    assert.notDeepEqual(first?.["lm_head.weight"], other?.["lm_head.weight"])
    assert.notDeepEqual(first?.["lm_head.weight"], first?.["model.embed_tokens.weight"])
  })
})
