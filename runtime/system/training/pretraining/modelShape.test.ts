import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { PretrainSettings } from "../../../../config/training.ts"
import { parameterCount } from "../../../models/qwen2/config.ts"
import { configText, parseConfig } from "../../../models/qwen2/configFile.ts"
import { shapeOf, shapeProblem } from "./modelShape.ts"

type Written = (typeof PretrainSettings)["Encoded"]

const settings = (changes: Written = {}): PretrainSettings => Schema.decodeUnknownSync(PretrainSettings)(changes)

describe("the shape of a policy from scratch", () => {
  it.each<readonly [changes: Written, problem: string | undefined]>([
    [{}, undefined],
    [{ hiddenSize: 96, heads: 6, keyValueHeads: 2 }, undefined],
    [{ vocabularySize: 267 }, undefined],
    [{ vocabularySize: 266 }, "vocabularySize: 266 is too small; bytes, control tokens and tags alone are 267"],
    [{ heads: 3 }, "heads: 3 does not divide hiddenSize, 128"],
    [
      { hiddenSize: 132 },
      "heads: 4 of them have 33 of the hiddenSize of 132 each; rotary positions need an even number"
    ],
    [{ keyValueHeads: 3 }, "keyValueHeads: 3 does not divide heads, 4"],
    [{ keyValueHeads: 8 }, "keyValueHeads: 8 does not divide heads, 4"],
    [{ cutoffLength: 2048 }, "cutoffLength: 2048 exceeds maxPositions, 1024; raise that one or lower this"]
  ])("of %o: %s", (changes, problem) => assert.strictEqual(shapeProblem(settings(changes)), problem))

  it("is small by default, with an embedding in whole blocks that is its head as well", () => {
    const shape = shapeOf(settings(), 4000)
    assert.deepInclude(shape, { vocabularySize: 4032, headSize: 32, tiedEmbeddings: true, maxPositions: 1024 })
    assert.strictEqual(parameterCount(shape), 4032 * 128 + 4 * (4 * 128 * 128 + 3 * 128 * 384 + 5 * 128) + 128)
    assert.strictEqual(shapeOf(settings(), 4096).vocabularySize, 4096)
  })

  it("is one that its own file describes", () => {
    const shape = shapeOf(settings({ heads: 8, keyValueHeads: 2, ropeTheta: 1e6 }), 300)
    const text = configText(shape, { type: "float32", endOfText: [], earlier: undefined })
    assert.deepStrictEqual(parseConfig("config.json", text), shape)
  })
})
