/** Words that a query can do without: articles, auxiliaries, prepositions, pronouns, question words. */
const functionWords = new Set(
  (
    "a an the this that these those and or of in on at by for from to with as into than then there it its his her their " +
    "he she they him them is are was were be been being am do does did has have had will would can could shall should may " +
    "might must who whom whose what which when where why how many much not no"
  ).split(" ")
)

/** The words of a text that carry its meaning, in their order and spelling, without punctuation around them. */
export const keyWords = (text: string): ReadonlyArray<string> =>
  wordsOf(text).filter((word) => !functionWords.has(word.toLowerCase().replace(/['’]s$/, "")))

/** The key words that name something: written with a capital or a digit. */
export const names = (text: string): ReadonlyArray<string> =>
  keyWords(text).filter((word) => /^[\p{Lu}\p{N}]/u.test(word))

const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""))
    .filter((word) => word !== "")
