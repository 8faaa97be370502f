/**
 * What is used of `@huggingface/tokenizers`. Its own declarations name each other without file extensions, so that TypeScript
 * finds none of them for an ES module.
 */
export interface LibraryTokenizer {
  readonly encode: (
    text: string,
    options: { readonly add_special_tokens: boolean }
  ) => { readonly ids: ReadonlyArray<number> }
  readonly decode: (ids: ReadonlyArray<number>, options: { readonly clean_up_tokenization_spaces: boolean }) => string
  readonly token_to_id: (token: string) => number | undefined
  readonly id_to_token: (id: number) => string | undefined
  readonly get_added_tokens_decoder: () => ReadonlyMap<number, AddedToken>
  readonly get_vocab: () => ReadonlyMap<string, number>
  /** Applied to the text between the added tokens that are not normalized. */
  readonly normalizer: ((text: string) => string) | null
  /** Takes a normalized text apart into what is made into tokens piece by piece. */
  readonly pre_tokenizer: ((text: string) => ReadonlyArray<string>) | null
}

/** A token that is looked for in the text before anything else is done with it. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Looked for in the normalized text instead. */
  readonly normalized: boolean
}

/** Makes a tokenizer of the contents of `tokenizer.json` and `tokenizer_config.json`; fails when the library can't. */
export const loadTokenizer = async (description: object, settings: object): Promise<LibraryTokenizer> => {
  const { Tokenizer } = await import("@huggingface/tokenizers")
  return new Tokenizer(description, settings)
}

/**
 * Matches, the longest first, the added tokens that a tokenizer looks for in the text as it is given; undefined without any.
 */
export const addedTokensPattern = (tokenizer: LibraryTokenizer): RegExp | undefined => {
  const texts = [...tokenizer.get_added_tokens_decoder().values()]
    .filter(({ normalized, content }) => content !== "" && !(normalized && tokenizer.normalizer !== null))
    .map(({ content }) => content)
    .sort((left, right) => right.length - left.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
  return texts.length === 0 ? undefined : new RegExp(texts.join("|"), "g")
}
