import { assert, describe, it } from "@effect/vitest"
import { type GenerationConfig, generationConfigText, parseGenerationConfig } from "./generationConfig.ts"
import { thrownBy } from "./testing/tiny.ts"

const file = "generation_config.json"

/** As in Qwen/Qwen2.5-0.5B-Instruct. */
const qwen = `{
  "bos_token_id": 151643,
  "pad_token_id": 151643,
  "do_sample": true,
  "eos_token_id": [
    151645,
    151643
  ],
  "repetition_penalty": 1.1,
  "temperature": 0.7,
  "top_p": 0.8,
  "top_k": 20,
  "transformers_version": "4.37.0"
}
`

describe("parseGenerationConfig", () => {
  it.each<readonly [string, GenerationConfig]>([
    [qwen, { endOfText: [151_645, 151_643], temperature: 0.7, topP: 0.8, topK: 20 }],
    ["{}", { endOfText: [] }],
    ['{"eos_token_id": 2, "temperature": null}', { endOfText: [2] }],
    ['{"do_sample": false, "temperature": 0.7}', { endOfText: [], temperature: 0 }]
  ])("reads %s", (text, expected) => {
    assert.deepStrictEqual(parseGenerationConfig(file, text), expected)
  })

  it.each([
    ['{"eos_token_id": "2"}', "eos_token_id"],
    ['{"eos_token_id": [-1]}', "eos_token_id"],
    ['{"temperature": -1}', "temperature: expected a non-negative number"],
    ['{"top_p": 1.5}', "top_p: expected a number from 0 to 1"],
    ['{"top_k": 0.5}', "top_k: expected a non-negative integer"],
    ["[]", ""]
  ])("refuses %s", (text, message) => {
    const thrown = thrownBy(() => parseGenerationConfig(file, text))
    assert.isTrue(thrown.startsWith(`${file}: ${message}`), thrown)
  })
})

describe("generationConfigText", () => {
  it.each<GenerationConfig>([
    { endOfText: [1, 2], temperature: 0.7, topP: 0.8, topK: 20 },
    { endOfText: [1], temperature: 1, topP: 1 },
    { endOfText: [1], temperature: 0 },
    { endOfText: [] }
  ])("writes %o so that it is read again", (config) => {
    assert.deepStrictEqual(parseGenerationConfig(file, generationConfigText(config, undefined)), config)
  })

  it("leaves what it is not told about as it was written", () => {
    assert.strictEqual(generationConfigText({ endOfText: [] }, qwen), qwen)
    assert.strictEqual(
      generationConfigText({ endOfText: [], temperature: 1 }, qwen),
      qwen.replace('"temperature": 0.7', '"temperature": 1.0')
    )
  })
})
