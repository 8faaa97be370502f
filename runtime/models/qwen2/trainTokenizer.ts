import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { learnBytePairs } from "./bytePairs.ts"
import { onDisk } from "./folderError.ts"
import { addedTokensPattern, loadTokenizer } from "./libraryTokenizer.ts"
import { writeText } from "./replaceModelFolder.ts"
import { byteAlphabet, controlTokens, describeTokenizer, tokenizerSettings } from "./tokenizerDescription.ts"

/** The texts of `tokenizer.json` and `tokenizer_config.json`. */
export type TokenizerTexts = Readonly<Record<"tokenizer.json" | "tokenizer_config.json", string>>

/** What a new tokenizer is to be like. */
export interface TokenizerTraining {
  /** Tokens of all kinds; there will be fewer when the texts don't repeat enough. At least 256 for the bytes, and the others. */
  readonly vocabularySize: number
  /** Texts that are one token wherever they occur, such as `<search>`; decoders show them, unlike control tokens. */
  readonly addedTokens?: ReadonlyArray<string>
}

/**
 * Makes a byte-level BPE tokenizer as Qwen2's, from texts: what isn't frequent is spelled in bytes, so that every text can be
 * written. Without texts its tokens are the bytes. It has Qwen's control tokens and ChatML as its chat template. The same texts
 * give the same tokenizer. Throws a `RangeError` for a vocabulary that is too small.
 */
export const trainTokenizer = async (
  texts: Iterable<string>,
  { vocabularySize, addedTokens = [] }: TokenizerTraining
): Promise<TokenizerTexts> => {
  const learnt = vocabularySize - controlTokens.length - addedTokens.length
  if (learnt < byteAlphabet.length) {
    const least = vocabularySize - learnt + byteAlphabet.length
    throw new RangeError(`a vocabulary of ${vocabularySize} tokens is too small: bytes and added tokens are ${least}`)
  }
  const words = await countWords(texts, addedTokens)
  const description = describeTokenizer(learnBytePairs(words, byteAlphabet, learnt), addedTokens)
  return {
    "tokenizer.json": `${JSON.stringify(description, null, 2)}\n`,
    "tokenizer_config.json": `${JSON.stringify(tokenizerSettings, null, 2)}\n`
  }
}

/** Takes texts apart just as the tokenizer will, and counts the pieces, letters standing for bytes. */
const countWords = async (
  texts: Iterable<string>,
  addedTokens: ReadonlyArray<string>
): Promise<ReadonlyMap<string, number>> => {
  const bytes = describeTokenizer({ vocabulary: byteAlphabet, merges: [] }, addedTokens)
  const tokenizer = await loadTokenizer(bytes, tokenizerSettings)
  const added = addedTokensPattern(tokenizer)
  const words = new Map<string, number>()
  for (const text of texts) {
    for (const section of added === undefined ? [text] : text.split(added)) {
      const normalized = tokenizer.normalizer?.(section) ?? section
      for (const word of tokenizer.pre_tokenizer?.(normalized) ?? []) words.set(word, (words.get(word) ?? 0) + 1)
    }
  }
  return words
}

/** Writes a tokenizer's files into a folder, which may hold others. */
export const saveTokenizer = (folder: string, texts: TokenizerTexts): void => {
  onDisk(folder, () => mkdirSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(texts)) writeText(join(folder, name), text)
}
