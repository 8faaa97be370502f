import { closeSync, openSync, writeSync } from "node:fs"
import { parameterShapes, type Qwen2Config, sizeOf, type Weights } from "../../runtime/models/qwen2/config.ts"

/** Value types of GGUF's metadata (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
const valueTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const

/** Tensors begin at multiples of this many bytes. */
const ALIGNMENT = 32

/** llama.cpp's names of Qwen2's parameters; `blk.0.` stands for `model.layers.0.`. */
const names: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down"
}

/**
 * Writes a Qwen2 model as a GGUF file (version 3) with 32-bit floats, so that llama.cpp runs the same weights. Its vocabulary is
 * made of the 256 bytes and of fillers: it serves for token ids, not for text.
 */
export const writeGguf = (path: string, config: Qwen2Config, weights: Weights): void => {
  const file = openSync(path, "w")
  try {
    const head = Buffer.concat(header(config))
    writeSync(file, head)
    let written = head.byteLength
    for (const [name, shape] of Object.entries(parameterShapes(config))) {
      const padding = padded(written) - written
      const values = weights[name]
      if (values === undefined || values.length !== sizeOf(shape)) throw new Error(`${name} is not ${shape.join("x")}`)
      writeSync(file, Buffer.alloc(padding))
      writeSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      written += padding + values.byteLength
    }
  } finally {
    closeSync(file)
  }
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

const header = (config: Qwen2Config): ReadonlyArray<Buffer> => {
  const metadata = metadataOf(config)
  const tensors: Array<Buffer> = []
  let offset = 0
  for (const [name, shape] of Object.entries(parameterShapes(config))) {
    const dimensions = shape.toReversed().map(uint64)
    tensors.push(text(ggmlName(name)), uint32(shape.length), ...dimensions, uint32(0), uint64(offset))
    offset = padded(offset + sizeOf(shape) * 4)
  }
  const parts = [
    Buffer.from("GGUF"),
    uint32(3),
    uint64(Object.keys(parameterShapes(config)).length),
    uint64(metadata.length),
    ...metadata,
    ...tensors
  ]
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0)
  return [...parts, Buffer.alloc(padded(size) - size)]
}

const ggmlName = (name: string): string => {
  const layer = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name)
  if (layer !== null) return `blk.${layer[1]}.${names[layer[2] ?? ""]}.${layer[3]}`
  return `${names[name.replace(/\.weight$/, "")]}.weight`
}

const metadataOf = (config: Qwen2Config): ReadonlyArray<Buffer> => {
  const integer = (key: string, value: number) => entry(key, valueTypes.uint32, uint32(value))
  const float = (key: string, value: number) => entry(key, valueTypes.float32, float32(value))
  const string = (key: string, value: string) => entry(key, valueTypes.string, text(value))
  const array = (key: string, type: number, items: ReadonlyArray<Buffer>) =>
    entry(key, valueTypes.array, Buffer.concat([uint32(type), uint64(items.length), ...items]))
  const tokens = vocabulary(config.vocabularySize)
  return [
    string("general.architecture", "qwen2"),
    integer("general.alignment", ALIGNMENT),
    integer("qwen2.block_count", config.layers),
    integer("qwen2.context_length", config.maxPositions),
    integer("qwen2.embedding_length", config.hiddenSize),
    integer("qwen2.feed_forward_length", config.intermediateSize),
    integer("qwen2.attention.head_count", config.heads),
    integer("qwen2.attention.head_count_kv", config.keyValueHeads),
    float("qwen2.rope.freq_base", config.ropeTheta),
    float("qwen2.attention.layer_norm_rms_epsilon", config.normEpsilon),
    string("tokenizer.ggml.model", "gpt2"),
    string("tokenizer.ggml.pre", "qwen2"),
    array("tokenizer.ggml.tokens", valueTypes.string, tokens.map(text)),
    array(
      "tokenizer.ggml.token_type",
      valueTypes.int32,
      tokens.map(() => uint32(1))
    ),
    array("tokenizer.ggml.merges", valueTypes.string, []),
    integer("tokenizer.ggml.eos_token_id", config.vocabularySize - 1)
  ]
}

/** The bytes as GPT-2 writes them (printable ones as themselves, the others from U+0100 on), then fillers. */
const vocabulary = (size: number): ReadonlyArray<string> => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  let unprintable = 0
  return Array.from({ length: size }, (_, id) => {
    if (id > 255) return `<filler${id}>`
    return String.fromCodePoint(printable(id) ? id : 0x100 + unprintable++)
  })
}

const entry = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([text(key), uint32(type), value])

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.byteLength), bytes])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const float32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
