import type { BytePairs } from "./bytePairs.ts"

/** Tokens that structure a text for the model and are no part of what it says, as Qwen's. */
export const controlTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] as const

const [endOfText, , endOfTurn] = controlTokens

const inRange = (byte: number, first: string, last: string): boolean =>
  byte >= first.charCodeAt(0) && byte <= last.charCodeAt(0)

/** The letters that stand for bytes in GPT-2's vocabularies and all that followed: a byte's own where it can be seen, else from 256 on. */
export const byteAlphabet: ReadonlyArray<string> = (() => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const isVisible = (byte: number) => inRange(byte, "!", "~") || inRange(byte, "¡", "¬") || inRange(byte, "®", "ÿ")
  const hidden = bytes.filter((byte) => !isVisible(byte))
  return [...bytes.filter(isVisible), ...hidden.map((_, place) => 256 + place)].map((code) => String.fromCharCode(code))
})()

/** How Qwen2 takes a text apart into what never shares a token (its `tokenizer.json`). */
const words =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false }

/** The contents of a `tokenizer.json` that any Hugging Face library loads; control and added tokens follow the vocabulary. */
export const describeTokenizer = ({ vocabulary, merges }: BytePairs, addedTokens: ReadonlyArray<string>): object => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [...controlTokens, ...addedTokens].map((content, place) => ({
    id: vocabulary.length + place,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: place < controlTokens.length
  })),
  normalizer: { type: "NFC" },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [{ type: "Split", pattern: { Regex: words }, behavior: "Isolated", invert: false }, byteLevel]
  },
  post_processor: byteLevel,
  decoder: byteLevel,
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: "",
    end_of_word_suffix: "",
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    merges: merges.map(([left, right]) => `${left} ${right}`)
  }
})

/** ChatML, as the Qwen family writes it, in Jinja. */
const chatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** The contents of the `tokenizer_config.json` beside it. */
export const tokenizerSettings = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: null,
  eos_token: endOfTurn,
  pad_token: endOfText,
  unk_token: null,
  additional_special_tokens: controlTokens.slice(1),
  clean_up_tokenization_spaces: false,
  chat_template: chatTemplate
}
