import { assert, describe, it } from "vitest"
import type { Qwen2Config, Weights } from "../../qwen2/config.ts"
import { RowCache } from "../cache/rowCache.ts"
import { referenceLogits } from "../testing/referenceDecoder.ts"
import { lively, smallConfig, somePrompt } from "../testing/smallModel.ts"
import type { Decoder } from "./decoder.ts"
import { openDecoder } from "./openDecoder.ts"

const models: Readonly<Record<string, Partial<Qwen2Config>>> = {
  "grouped-query attention and a tied head": { keyValueHeads: 2, tiedEmbeddings: true },
  "multi-head attention and a head of its own": { keyValueHeads: 4, tiedEmbeddings: false },
  "one head of keys": { keyValueHeads: 1, hiddenSize: 24, headSize: 6 }
}

const nothing = { length: 0, values: new Float32Array(0) }

const open = (config: Qwen2Config, weights: Weights) =>
  openDecoder({ kind: "memory", config, weights }, { precision: "float32", threads: 1 })

/** The logits after every token, computed in pieces of these lengths. */
const inPieces = async (decoder: Decoder, tokens: ReadonlyArray<number>, pieces: ReadonlyArray<number>) => {
  const cache = new RowCache(decoder.cacheShape, 256, 4)
  cache.append(nothing, 0)
  const logits: Array<number> = []
  let from = 0
  for (const length of pieces) {
    const piece = tokens.slice(from, from + length)
    logits.push(...(await decoder.forward(cache, piece, [...piece.keys()])))
    from += length
  }
  return logits
}

const greatestDifference = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  assert.strictEqual(a.length, b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}

describe("the decoder of the engine", () => {
  for (const [name, changes] of Object.entries(models)) {
    it(`gives the logits of the equations: ${name}`, async () => {
      const config = smallConfig(changes)
      const weights = lively(config)
      const decoder = await open(config, weights)
      const tokens = somePrompt(40, 7)
      const expected = referenceLogits(config, weights, tokens).flat()
      assert.isAbove(Math.max(...expected), 3)

      assert.isBelow(greatestDifference(await inPieces(decoder, tokens, [40]), expected), 1e-4)
      assert.isBelow(greatestDifference(await inPieces(decoder, tokens, [20, ...Array(20).fill(1)]), expected), 1e-4)
      assert.isBelow(greatestDifference(await inPieces(decoder, tokens, [1, 33, 6]), expected), 1e-4)
      await decoder.release()
    })
  }

  it("computes rows of different lengths beside each other as it does alone", async () => {
    const config = smallConfig()
    const weights = lively(config)
    const decoder = await open(config, weights)
    const sequences = [3, 35, 70, 32, 1].map((length, index) => somePrompt(length + 4, index))
    const expected = sequences.map((tokens) => referenceLogits(config, weights, tokens))

    const batch = new RowCache(decoder.cacheShape, 1024, 8)
    for (const tokens of sequences) {
      const entrance = new RowCache(decoder.cacheShape, 128, 1)
      entrance.append(nothing, 0)
      const beginning = tokens.slice(0, -4)
      await decoder.forward(entrance, beginning, [])
      batch.append(entrance.copyOf(0, beginning.length), beginning.length)
    }
    for (let step = 4; step >= 1; step--) {
      const next = sequences.map((tokens) => tokens.at(-step) ?? 0)
      const logits = await decoder.forward(batch, next, [...next.keys()])
      const wanted = expected.flatMap((all) => all.at(-step) ?? [])
      assert.isBelow(greatestDifference([...logits], wanted), 1e-4)
    }
    await decoder.release()
  })

  it("stays near the equations with weights of 8 bits, row by row", async () => {
    const config = smallConfig({ hiddenSize: 40, headSize: 10 })
    const weights = lively(config)
    const decoder = await openDecoder({ kind: "memory", config, weights }, { precision: "int8", threads: 1 })
    const tokens = somePrompt(24, 3)
    const expected = referenceLogits(config, weights, tokens).flat()
    const whole = await inPieces(decoder, tokens, [24])
    const deviation = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length)
    assert.isBelow(greatestDifference(whole, expected), 0.3 * deviation)
    assert.isAbove(greatestDifference(whole, expected), 1e-4)
    assert.isBelow(greatestDifference(await inPieces(decoder, tokens, [1, 10, 13]), whole), 1e-4)
    await decoder.release()
  })

  it("names the parameter that is missing", async () => {
    const config = smallConfig()
    const { "model.norm.weight": _, ...weights } = lively(config)
    const refused = await open(config, weights).then(
      () => "",
      (cause: Error) => cause.message
    )
    assert.include(refused, "model.norm.weight")
  })
})
