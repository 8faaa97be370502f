import { assert, describe, it } from "@effect/vitest"
import { type Adapter, adapterShapes, initializeAdapter, type LoraConfig, mergeAdapter, misfit } from "./adapter.ts"
import { linearNames } from "./config.ts"
import { initializeWeights } from "./initialize.ts"
import { thrownBy, tinyConfig } from "./testing/tiny.ts"

const lora: LoraConfig = { rank: 2, alpha: 6, targets: ["q_proj", "down_proj"] }
const q = "model.layers.1.self_attn.q_proj"
const a = `base_model.model.${q}.lora_A.weight`
const b = `base_model.model.${q}.lora_B.weight`

describe("adapterShapes", () => {
  it("names and lays out the factors as PEFT does, in the model's order", () => {
    assert.deepStrictEqual(Object.entries(adapterShapes({ ...tinyConfig, layers: 1 }, lora)), [
      ["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", [2, 8]],
      ["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", [8, 2]],
      ["base_model.model.model.layers.0.mlp.down_proj.lora_A.weight", [2, 12]],
      ["base_model.model.model.layers.0.mlp.down_proj.lora_B.weight", [8, 2]]
    ])
  })
})

describe("initializeAdapter", () => {
  it("begins with B at 0 and A uniform within 1/√in, the same for the same seed", () => {
    const config = { ...tinyConfig, layers: 40 }
    const adapter = initializeAdapter(config, lora, 5)
    assert.isUndefined(misfit(config, adapter))
    assert.deepStrictEqual(adapter.weights[b], new Float32Array(16))
    const drawn = Object.entries(adapter.weights).flatMap(([name, values]) =>
      name.endsWith("q_proj.lora_A.weight") ? [...values] : []
    )
    const bound = 1 / Math.sqrt(8)
    assert.isBelow(Math.max(...drawn), bound)
    assert.isAbove(Math.max(...drawn), 0.97 * bound)
    assert.isAbove(Math.min(...drawn), -bound)
    assert.isBelow(Math.min(...drawn), -0.97 * bound)
    assert.deepStrictEqual(initializeAdapter(config, lora, 5), adapter)
    assert.notDeepEqual(initializeAdapter(config, lora, 6).weights[a], adapter.weights[a])
  })
})

describe("mergeAdapter", () => {
  it("adds alpha/rank · B·A, worked out by hand", () => {
    const weights = { [`${q}.weight`]: Float32Array.of(1, 2, 3, 4, 5, 6), [`${q}.bias`]: Float32Array.of(9) }
    // W [2, 3], B [2, 2], A [2, 3], and alpha/rank is 3.
    const adapter = { lora, weights: { [a]: Float32Array.of(1, 0, 2, -1, 1, 0), [b]: Float32Array.of(1, 2, 0, -1) } }
    assert.deepStrictEqual(mergeAdapter(weights, adapter), {
      [`${q}.weight`]: Float32Array.of(-2, 8, 9, 7, 2, 6),
      [`${q}.bias`]: Float32Array.of(9)
    })
    assert.deepStrictEqual([...(weights[`${q}.weight`] ?? [])], [1, 2, 3, 4, 5, 6])
  })

  it.each([1, 2, 3, 4, 5, 8, 9])("is the plain product for rank %i and every target", (rank) => {
    const weights = initializeWeights(tinyConfig, 1)
    const everywhere = { rank, alpha: 3, targets: linearNames }
    const begun = initializeAdapter(tinyConfig, everywhere, 2)
    assert.deepStrictEqual(mergeAdapter(weights, begun), weights)
    const factors = Object.entries(begun.weights).map(([name, values]) => {
      return [name, name === b ? values.map((_, i) => (i % 7) - 3) : values] as const
    })
    const adapter: Adapter = { lora: everywhere, weights: Object.fromEntries(factors) }
    const merged = mergeAdapter(weights, adapter)
    const [left, right] = [adapter.weights[b] ?? [], adapter.weights[a] ?? []]
    const expected = weights[`${q}.weight`]?.map((value, i) => {
      const [row, column] = [Math.floor(i / 8), i % 8]
      let product = 0
      for (let k = 0; k < rank; k++) product += (left[row * rank + k] ?? 0) * (right[k * 8 + column] ?? 0)
      return value + (3 / rank) * product
    })
    for (const [i, value] of (merged[`${q}.weight`] ?? []).entries()) {
      assert.approximately(value, expected?.[i] ?? Number.NaN, 1e-6)
    }
    assert.strictEqual(merged["model.norm.weight"], weights["model.norm.weight"])
  })

  it("refuses the weights of another model", () => {
    const adapter = initializeAdapter(tinyConfig, lora, 1)
    const wider = initializeWeights({ ...tinyConfig, hiddenSize: 16, headSize: 8 }, 1)
    const shallower = initializeWeights({ ...tinyConfig, layers: 1 }, 1)
    assert.strictEqual(
      thrownBy(() => mergeAdapter(wider, adapter)),
      "the adapter is for another model: model.layers.0.self_attn.q_proj has 256 numbers, but the adapter changes [8,8]"
    )
    assert.strictEqual(
      thrownBy(() => mergeAdapter(shallower, adapter)),
      `the adapter is for another model: ${q} is not in the model`
    )
  })
})
