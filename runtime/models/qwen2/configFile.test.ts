import { assert, describe, it } from "@effect/vitest"
import { configText, parseConfig } from "./configFile.ts"
import { thrownBy, tinyConfig } from "./testing/tiny.ts"

/** As in Qwen/Qwen2.5-0.5B-Instruct. */
const qwen = `{
  "architectures": ["Qwen2ForCausalLM"],
  "attention_dropout": 0.0,
  "bos_token_id": 151643,
  "eos_token_id": 151645,
  "hidden_act": "silu",
  "hidden_size": 896,
  "initializer_range": 0.02,
  "intermediate_size": 4864,
  "max_position_embeddings": 32768,
  "max_window_layers": 21,
  "model_type": "qwen2",
  "num_attention_heads": 14,
  "num_hidden_layers": 24,
  "num_key_value_heads": 2,
  "rms_norm_eps": 1e-06,
  "rope_theta": 1000000.0,
  "sliding_window": 32768,
  "tie_word_embeddings": true,
  "torch_dtype": "bfloat16",
  "transformers_version": "4.43.1",
  "use_cache": true,
  "use_sliding_window": false,
  "vocab_size": 151936
}`

const qwenConfig = {
  vocabularySize: 151_936,
  hiddenSize: 896,
  intermediateSize: 4864,
  layers: 24,
  heads: 14,
  keyValueHeads: 2,
  headSize: 64,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 32_768
}

const withKeys = (changes: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...JSON.parse(qwen), ...changes })

describe("parseConfig", () => {
  it("reads Qwen's own", () => {
    assert.deepStrictEqual(parseConfig("config.json", qwen), qwenConfig)
  })

  it("reads what Transformers 5 writes", () => {
    const text = withKeys({
      rope_theta: undefined,
      rope_parameters: { rope_theta: 500_000, rope_type: "default" },
      layer_types: Array(24).fill("full_attention"),
      torch_dtype: undefined,
      dtype: "float32"
    })
    assert.deepStrictEqual(parseConfig("config.json", text), { ...qwenConfig, ropeTheta: 500_000 })
  })

  it("takes what Transformers takes for keys that are not there or null", () => {
    const text = `{
      "model_type": "qwen2", "vocab_size": 10, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
      "num_attention_heads": 2, "num_key_value_heads": null, "rope_scaling": null
    }`
    assert.deepStrictEqual(parseConfig("config.json", text), {
      vocabularySize: 10,
      hiddenSize: 8,
      intermediateSize: 12,
      layers: 1,
      heads: 2,
      keyValueHeads: 2,
      headSize: 4,
      ropeTheta: 10_000,
      normEpsilon: 1e-6,
      tiedEmbeddings: false,
      maxPositions: 32_768
    })
  })

  it.each([
    { use_sliding_window: true, max_window_layers: 24 },
    { use_sliding_window: true, sliding_window: null },
    { use_sliding_window: true, sliding_window: 32_768 },
    { use_sliding_window: true, sliding_window: 4096, layer_types: Array(24).fill("full_attention") },
    { rope_scaling: { rope_type: "default" } },
    { head_dim: 64 }
  ])("minds nothing that changes nothing: %o", (changes) => {
    assert.deepStrictEqual(parseConfig("config.json", withKeys(changes)), qwenConfig)
  })

  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['model_type is "llama"; only "qwen2" is implemented', { model_type: "llama" }],
    ['hidden_act is "gelu"; only "silu" is implemented', { hidden_act: "gelu" }],
    ['rotary positions of type "yarn"; only unscaled ones', { rope_scaling: { type: "yarn", factor: 4 } }],
    ['rotary positions of type "linear"; only', { rope_parameters: { rope_type: "linear", rope_theta: 1e6 } }],
    ["its weights are quantised; take the model", { quantization_config: { quant_method: "gptq" } }],
    ["it attends through a sliding window", { use_sliding_window: true, sliding_window: 4096 }],
    [
      "it attends through a sliding window",
      { use_sliding_window: true, sliding_window: 4096, layer_types: ["full_attention", "sliding_attention"] }
    ],
    ["num_attention_heads, 13, does not divide hidden_size, 896", { num_attention_heads: 13 }],
    ["heads of size 7: rotary positions need an even one", { num_attention_heads: 128, num_key_value_heads: 2 }],
    ["head_dim is 128; only hidden_size / num_attention_heads, here 64,", { head_dim: 128 }],
    ["num_key_value_heads, 4, does not divide num_attention_heads, 14", { num_key_value_heads: 4 }],
    ["vocab_size: expected a positive integer", { vocab_size: 0 }],
    ["rms_norm_eps: expected a positive number", { rms_norm_eps: 0 }],
    ["rope_theta: expected number | null", { rope_theta: "large" }],
    ['missing key "hidden_size"', { hidden_size: undefined }]
  ])("says in one line: %s", (message, changes) => {
    const thrown = thrownBy(() => parseConfig("m/config.json", withKeys(changes)))
    assert.isTrue(thrown.startsWith(`m/config.json: ${message}`), thrown)
    assert.notInclude(thrown, "\n")
  })

  it("says what is no JSON", () => {
    assert.match(
      thrownBy(() => parseConfig("config.json", "{")),
      /^config\.json: is no JSON: /
    )
  })
})

describe("configText", () => {
  it("describes a model that nothing was said about before", () => {
    const text = configText(tinyConfig, { type: "float32", endOfText: [3, 4], earlier: undefined })
    assert.deepStrictEqual(parseConfig("config.json", text), tinyConfig)
    assert.deepInclude(JSON.parse(text), {
      architectures: ["Qwen2ForCausalLM"],
      torch_dtype: "float32",
      eos_token_id: [3, 4]
    })
    // Transformers 5 refuses an integer where it expects a float.
    assert.include(text, '"rope_theta": 10000.0')
  })

  it("says nothing of an end of text that is not known", () => {
    const text = configText(tinyConfig, { type: "float32", endOfText: [], earlier: undefined })
    assert.notInclude(text, "eos_token_id")
  })

  it("keeps every other key as it was written, in its place", () => {
    const text = configText(qwenConfig, { type: "float16", endOfText: [], earlier: qwen })
    const expected = qwen
      .replace("bfloat16", "float16")
      .replace('["Qwen2ForCausalLM"]', '[\n    "Qwen2ForCausalLM"\n  ]')
      .replace("1e-06", "0.000001")
    assert.strictEqual(text, `${expected}\n`)
  })

  it("names number type and rotary base where newer versions of Transformers do", () => {
    const earlier = withKeys({
      rope_theta: undefined,
      rope_parameters: { rope_type: "default", rope_theta: 5 },
      torch_dtype: undefined,
      dtype: "bfloat16"
    })
    const written = JSON.parse(configText(qwenConfig, { type: "float32", endOfText: [], earlier }))
    assert.deepStrictEqual(written.rope_parameters, { rope_type: "default", rope_theta: 1_000_000 })
    assert.strictEqual(written.dtype, "float32")
    assert.notProperty(written, "rope_theta")
    assert.notProperty(written, "torch_dtype")
  })
})
