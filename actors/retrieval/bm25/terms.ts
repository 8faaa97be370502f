/**
 * English function and question words: in almost every passage or almost every question, so they cost most of the time of a
 * search and say nothing about what is asked for.
 */
export const englishStopWords: ReadonlyArray<string> = (
  "a an and are as at be been but by did do does for from had has have he her his how if in into is it its no not of on or " +
  "s she such that the their then there these they this to was were what when where which who whom whose why will with"
).split(" ")

const word = /[\p{L}\p{N}]+/gu
const mark = /\p{M}+/gu
const beyondAscii = /[^\p{ASCII}]/u

/**
 * The terms of a text in reading order: runs of letters and digits, lower case, without diacritics. Words are not stemmed.
 */
export const termsOf = (text: string): ReadonlyArray<string> => {
  const lower = text.toLowerCase()
  const plain = beyondAscii.test(lower) ? lower.normalize("NFKD").replace(mark, "") : lower
  return plain.match(word) ?? []
}
