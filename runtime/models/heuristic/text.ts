import { englishStopWords, termsOf } from "../../../actors/retrieval/bm25/terms.ts"

/** A text reduced to what two spellings of one name share: its terms, a space between two. */
export const keyOf = (text: string): string => termsOf(text).join(" ")

/** Whether `part` stands in `whole` as whole terms; both are keys. */
export const holdsKey = (whole: string, part: string): boolean => part !== "" && ` ${whole} `.includes(` ${part} `)

/** The words of a text that carry meaning, reduced to their stems. */
export const stemsOf = (text: string): ReadonlyArray<string> => termsOf(text).filter(isMeaningful).map(stem)

export const isMeaningful = (term: string): boolean => !stopWords.has(term)

const stopWords = new Set(englishStopWords)

/** Cuts the commonest English endings: enough for "directed" to meet "director". */
const stem = (term: string): string => {
  const short = term.replace(/(?:ations?|ions?|ings?|ers?|ors?|ies|ed|es|ly|y|s|e)$/, "")
  return short.length >= 3 ? short : term
}

/** Splits a text into sentences. A full stop after an initial or a usual abbreviation ends none. */
export const sentencesOf = (text: string): ReadonlyArray<string> =>
  text.split(sentenceEnd).filter((part) => part !== "")

const sentenceEnd =
  /(?<=[.!?]["”)]?)(?<!\b(?:\p{Lu}|St|Jr|Sr|Dr|Mr|Mrs|Ms|vs|No|ca?|Lt|Col|Gen|Rev)\.)\s+(?=["“(]?[\p{Lu}\d])/u

/** The sentence, or its beginning when it is long. */
export const excerpt = (sentence: string): string =>
  sentence.length > 160 ? `${sentence.slice(0, 160).trimEnd()} …` : sentence
