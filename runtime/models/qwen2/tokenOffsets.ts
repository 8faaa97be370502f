/** From and up to where in a text: UTF-16 code units, as in `String.slice`. */
export type Offset = readonly [start: number, end: number]

/** How a byte-level tokenizer takes a text apart before it makes tokens of its bytes. */
export interface ByteLevelSteps {
  /** Matches, in the text as it is given, the added tokens that are looked for there; undefined without any. */
  readonly addedTokens: RegExp | undefined
  /** What is done to the text between them. */
  readonly normalize: (text: string) => string
}

/** For each byte of the text that is made into tokens, from and up to where the characters that it came from stand. */
interface BytePlaces {
  readonly starts: Array<number>
  readonly ends: Array<number>
}

/**
 * Where each token of a text stands, given how many bytes each has. A token covers every character of which it has a byte, as in
 * Hugging Face's tokenizers: tokens that share a character overlap in it. Offsets never go back, and leave nothing out but what
 * the normalizer removed. Undefined when the tokens are not the bytes of the text, so that they can't be placed.
 */
export const offsetsOf = (
  text: string,
  tokenBytes: ReadonlyArray<number>,
  steps: ByteLevelSteps
): ReadonlyArray<Offset> | undefined => {
  const places: BytePlaces = { starts: [], ends: [] }
  for (const section of sectionsOf(text, steps.addedTokens)) {
    const followed = section.added
      ? addCharacters(places, section.text, section.start)
      : addNormalized(places, section.text, section.start, steps.normalize)
    if (!followed) return undefined
  }
  const offsets: Array<Offset> = []
  let byte = 0
  for (const length of tokenBytes) {
    const start = places.starts[byte]
    byte += length
    const end = places.ends[byte - 1]
    if (start === undefined || end === undefined) return undefined
    offsets.push([start, end])
  }
  return byte === places.starts.length ? offsets : undefined
}

interface Section {
  readonly text: string
  readonly start: number
  readonly added: boolean
}

const sectionsOf = function* (text: string, addedTokens: RegExp | undefined): Iterable<Section> {
  let start = 0
  for (const match of addedTokens === undefined ? [] : text.matchAll(addedTokens)) {
    if (match.index > start) yield { text: text.slice(start, match.index), start, added: false }
    start = match.index + match[0].length
    yield { text: match[0], start: match.index, added: true }
  }
  if (start < text.length) yield { text: text.slice(start), start, added: false }
}

/** Each character stands for itself. */
const addCharacters = (places: BytePlaces, text: string, start: number): true => {
  let from = start
  for (const character of text) {
    const end = from + character.length
    add(places, utf8Length(character.codePointAt(0) ?? 0), from, end)
    from = end
  }
  return true
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" })

/**
 * What the normalizer changes is followed grapheme by grapheme, across which Unicode's normal forms don't reach; false for a
 * normalizer that looks further.
 */
const addNormalized = (
  places: BytePlaces,
  text: string,
  start: number,
  normalize: (text: string) => string
): boolean => {
  const whole = normalize(text)
  if (whole === text) return addCharacters(places, text, start)
  let joined = ""
  for (const { segment, index } of graphemes.segment(text)) {
    const normalized = normalize(segment)
    joined += normalized
    const from = start + index
    if (normalized === segment) addCharacters(places, segment, from)
    else add(places, Buffer.byteLength(normalized), from, from + segment.length)
  }
  return joined === whole
}

const add = ({ starts, ends }: BytePlaces, bytes: number, start: number, end: number): void => {
  for (let i = 0; i < bytes; i++) {
    starts.push(start)
    ends.push(end)
  }
}

/** Bytes of a code point in UTF-8; half of a surrogate pair becomes a replacement character of three. */
const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
