import { Schema } from "effect"
import { Flag, NonNegativeInt, Positive, PositiveInt } from "../../../config/scalars.ts"
import { optional } from "../wire.ts"
import type { Qwen2Config } from "./config.ts"
import { ModelFolderError } from "./folderError.ts"
import { amended, float, jsonReader } from "./jsonFile.ts"
import type { WeightType } from "./safetensorsHeader.ts"

/** The file of a model's folder that says what it is. */
export const configFile = "config.json"

/** Ids of one token or of several that do the same. */
export const TokenIds = Schema.Union([NonNegativeInt, Schema.Array(NonNegativeInt)])

export const idsOf = (ids: typeof TokenIds.Type | null | undefined): ReadonlyArray<number> =>
  typeof ids === "number" ? [ids] : (ids ?? [])

const RopeParameters = Schema.Struct({
  rope_theta: optional(Positive),
  rope_type: optional(Schema.String),
  /** What `rope_type` was called at first. */
  type: optional(Schema.String)
})

/** The keys that decide what the model computes, as `Qwen2Config` of Transformers reads them; there may be others. */
const ConfigFile = Schema.Struct({
  model_type: Schema.String,
  vocab_size: PositiveInt,
  hidden_size: PositiveInt,
  intermediate_size: PositiveInt,
  num_hidden_layers: PositiveInt,
  num_attention_heads: PositiveInt,
  num_key_value_heads: optional(PositiveInt),
  head_dim: optional(PositiveInt),
  hidden_act: optional(Schema.String),
  max_position_embeddings: optional(PositiveInt),
  rms_norm_eps: optional(Positive),
  rope_theta: optional(Positive),
  rope_scaling: optional(RopeParameters),
  rope_parameters: optional(RopeParameters),
  tie_word_embeddings: optional(Flag),
  use_sliding_window: optional(Flag),
  sliding_window: optional(NonNegativeInt),
  max_window_layers: optional(NonNegativeInt),
  layer_types: optional(Schema.Array(Schema.String)),
  quantization_config: optional(Schema.Unknown)
})
type ConfigFile = typeof ConfigFile.Type

const decode = jsonReader(ConfigFile)

/** What Transformers takes for keys that are not there. */
const standard = { maxPositions: 32_768, normEpsilon: 1e-6, ropeTheta: 10_000, windowedFrom: 28 }

/** Reads the text of a `config.json`; throws a `ModelFolderError` when it asks for something that cannot be computed here. */
export const parseConfig = (file: string, text: string): Qwen2Config => {
  const keys = decode(file, text)
  const problem = unsupported(keys)
  if (problem !== undefined) throw new ModelFolderError({ file, detail: problem })
  const heads = keys.num_attention_heads
  return {
    vocabularySize: keys.vocab_size,
    hiddenSize: keys.hidden_size,
    intermediateSize: keys.intermediate_size,
    layers: keys.num_hidden_layers,
    heads,
    keyValueHeads: keys.num_key_value_heads ?? heads,
    headSize: keys.hidden_size / heads,
    ropeTheta: keys.rope_parameters?.rope_theta ?? keys.rope_theta ?? standard.ropeTheta,
    normEpsilon: keys.rms_norm_eps ?? standard.normEpsilon,
    tiedEmbeddings: keys.tie_word_embeddings ?? false,
    maxPositions: keys.max_position_embeddings ?? standard.maxPositions
  }
}

const unsupported = (keys: ConfigFile): string | undefined => {
  const { model_type, hidden_size, num_attention_heads: heads, num_key_value_heads, head_dim, hidden_act } = keys
  const rope = keys.rope_parameters ?? keys.rope_scaling
  const ropeType = rope?.rope_type ?? rope?.type ?? "default"
  const headSize = hidden_size / heads
  if (model_type !== "qwen2") return `model_type is "${model_type}"; only "qwen2" is implemented`
  if (hidden_act != null && hidden_act !== "silu") return `hidden_act is "${hidden_act}"; only "silu" is implemented`
  if (ropeType !== "default") return `rotary positions of type "${ropeType}"; only unscaled ones are implemented`
  if (keys.quantization_config != null) return "its weights are quantised; take the model they were quantised from"
  if (slides(keys)) return "it attends through a sliding window (use_sliding_window), which is not supported"
  if (!Number.isInteger(headSize)) return `num_attention_heads, ${heads}, does not divide hidden_size, ${hidden_size}`
  if (headSize % 2 !== 0) return `heads of size ${headSize}: rotary positions need an even one`
  if (head_dim != null && head_dim !== headSize) {
    return `head_dim is ${head_dim}; only hidden_size / num_attention_heads, here ${headSize}, is implemented`
  }
  return heads % (num_key_value_heads ?? heads) === 0
    ? undefined
    : `num_key_value_heads, ${num_key_value_heads}, does not divide num_attention_heads, ${heads}`
}

/** Whether any layer looks back less far than the model's positions reach. */
const slides = (keys: ConfigFile): boolean => {
  if (!keys.use_sliding_window || keys.sliding_window == null) return false
  if (keys.sliding_window >= (keys.max_position_embeddings ?? standard.maxPositions)) return false
  return keys.layer_types == null
    ? (keys.max_window_layers ?? standard.windowedFrom) < keys.num_hidden_layers
    : keys.layer_types.includes("sliding_attention")
}

/**
 * The text of a `config.json` that Transformers, vLLM and SGLang read. Keys of an earlier text of a model of this shape are kept
 * where they say something else; `endOfText` is empty to say nothing.
 */
export const configText = (config: Qwen2Config, { type, endOfText, earlier }: ConfigTextOptions): string => {
  const kept = earlier === undefined ? {} : decodeKept(configFile, earlier)
  const ropeTheta = float(config.ropeTheta)
  return amended(earlier, {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    hidden_act: "silu",
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: float(config.normEpsilon),
    tie_word_embeddings: config.tiedEmbeddings,
    ...(kept.rope_parameters == null
      ? { rope_theta: ropeTheta }
      : { rope_parameters: { ...kept.rope_parameters, rope_theta: ropeTheta } }),
    ...(endOfText.length === 0 ? {} : { eos_token_id: endOfText.length === 1 ? endOfText[0] : endOfText }),
    ...(kept.dtype === undefined || kept.torch_dtype !== undefined ? { torch_dtype: type } : {}),
    ...(kept.dtype === undefined ? {} : { dtype: type })
  })
}

interface ConfigTextOptions {
  readonly type: WeightType
  readonly endOfText: ReadonlyArray<number>
  readonly earlier: string | undefined
}

/** Keys that newer versions of Transformers write in another way. */
const decodeKept = jsonReader(
  Schema.Struct({
    rope_parameters: optional(Schema.Record(Schema.String, Schema.Unknown)),
    dtype: Schema.optionalKey(Schema.Unknown),
    torch_dtype: Schema.optionalKey(Schema.Unknown)
  })
)
