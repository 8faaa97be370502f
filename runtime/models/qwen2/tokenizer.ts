import { join } from "node:path"
import { Schema } from "effect"
import type { ModelText } from "../onnx/generationEngine.ts"
import { openChatTemplate, type RenderChat } from "./chatRendering.ts"
import { endOfTextOf } from "./endOfText.ts"
import { ModelFolderError } from "./folderError.ts"
import { jsonReader, readText, textIfThere } from "./jsonFile.ts"
import { addedTokensPattern, type LibraryTokenizer, loadTokenizer } from "./libraryTokenizer.ts"
import { type Offset, offsetsOf } from "./tokenOffsets.ts"

/** A text as tokens, with the place of each in the text. */
export interface PlacedTokens {
  readonly ids: ReadonlyArray<number>
  /** For each token; a token that the tokenizer puts before or after every text has an empty place there. */
  readonly offsets: ReadonlyArray<Offset>
}

/** A model's tokenizer. Special tokens are recognised in texts, and stand in decoded ones. */
export interface Tokenizer extends ModelText {
  /** One more than the highest id; a model's vocabulary may be larger. */
  readonly vocabularySize: number
  /** Ids of the tokens that end a text. */
  readonly endOfText: ReadonlyArray<number>
  /** The same tokens as `encode`. Throws a `ModelFolderError` for a tokenizer that is not byte-level or changes the text. */
  readonly encodeWithOffsets: (text: string) => PlacedTokens
  /** The id of a token of exactly this text, such as `<|im_end|>`. */
  readonly tokenId: (token: string) => number | undefined
  /** Undefined where the model has no chat template. */
  readonly renderChat?: RenderChat
}

const Decoder = Schema.NullOr(
  Schema.Struct({
    type: Schema.String,
    decoders: Schema.optionalKey(Schema.Array(Schema.Struct({ type: Schema.String })))
  })
)

/** Of `tokenizer.json` what is looked at here; the rest is for the library. */
const decodeFile = jsonReader(
  Schema.StructWithRest(Schema.Struct({ decoder: Decoder, added_tokens: Schema.Array(Schema.Unknown) }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ])
)
const decodeSettings = jsonReader(Schema.Record(Schema.String, Schema.Unknown))

/**
 * Opens the tokenizer of a model's folder: `tokenizer.json`, and `tokenizer_config.json` where there is one. Fails with a
 * `ModelFolderError` when there is none, or none that can be used.
 */
export const openTokenizer = async (folder: string): Promise<Tokenizer> => {
  const [file, settingsFile] = [join(folder, "tokenizer.json"), join(folder, "tokenizer_config.json")]
  const description = decodeFile(file, readText(file))
  const settings = decodeSettings(settingsFile, textIfThere(settingsFile) ?? "{}")
  const tokenizer = await loadTokenizer(description, settings).catch((cause) => {
    throw new ModelFolderError({ file, detail: `can't be used: ${cause instanceof Error ? cause.message : cause}` })
  })
  const surrounding = surroundingTokens(tokenizer)
  const inner = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids
  const encode = (text: string) => [...surrounding.before, ...inner(text), ...surrounding.after]
  const place = isByteLevel(description.decoder) ? byteLevelPlaces(tokenizer) : () => undefined
  const encodeWithOffsets = (text: string): PlacedTokens => {
    const ids = inner(text)
    const offsets = place(text, ids)
    if (offsets === undefined) {
      const detail = "it is not byte-level, or changes the text, so that its tokens can't be placed in it"
      throw new ModelFolderError({ file, detail })
    }
    return {
      ids: [...surrounding.before, ...ids, ...surrounding.after],
      offsets: [
        ...surrounding.before.map((): Offset => [0, 0]),
        ...offsets,
        ...surrounding.after.map((): Offset => [text.length, text.length])
      ]
    }
  }
  const renderChat = await openChatTemplate(folder)
  return {
    vocabularySize: tokenizer.get_vocab().size,
    endOfText: endOfTextOf(folder),
    encode,
    encodeWithOffsets,
    // The library would also remove spaces before punctuation, which no model has asked for since BERT.
    decode: (tokens) => (tokens.length === 0 ? "" : tokenizer.decode(tokens, { clean_up_tokenization_spaces: false })),
    tokenId: (token) => tokenizer.token_to_id(token),
    ...(renderChat === undefined ? {} : { renderChat })
  }
}

/** The tokens that the tokenizer puts around every text, such as one for its beginning. */
const surroundingTokens = (tokenizer: LibraryTokenizer) => {
  const alone = tokenizer.encode("a", { add_special_tokens: false }).ids
  const all = tokenizer.encode("a", { add_special_tokens: true }).ids
  const before = all.findIndex((_, at) => alone.every((id, i) => all[at + i] === id))
  return { before: all.slice(0, before), after: all.slice(before + alone.length) }
}

const isByteLevel = (decoder: typeof Decoder.Type): boolean =>
  [decoder, ...(decoder?.decoders ?? [])].some((step) => step?.type === "ByteLevel")

/** Places the tokens of a text. In a byte-level vocabulary each character of a token stands for a byte. */
const byteLevelPlaces = (tokenizer: LibraryTokenizer) => {
  const normalize = (text: string) => tokenizer.normalizer?.(text) ?? text
  const steps = { addedTokens: addedTokensPattern(tokenizer), normalize }
  const added = new Map(
    [...tokenizer.get_added_tokens_decoder()].map(([id, { content, normalized }]) => [
      id,
      Buffer.byteLength(normalized ? normalize(content) : content)
    ])
  )
  const bytesOf = (id: number) => added.get(id) ?? tokenizer.id_to_token(id)?.length ?? 0
  return (text: string, ids: ReadonlyArray<number>) => offsetsOf(text, ids.map(bytesOf), steps)
}
