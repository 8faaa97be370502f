/** A word, or a whole "(…)". */
const token = /\([^()]*\)\S?|\S+/g

/** Small words that may stand inside a title. */
const particle = /^(?:a|an|the|of|de|la|le|du|von|van|der|in|on|at|to|for|from|with|by|vs\.?|n['’]t)$/

/** Whether a word can only belong to the sentence around a title. */
const isPlain = (word: string): boolean => /^\p{Ll}/u.test(word)

/**
 * The two titles on both sides of the last conjunction that parts two: "The Serfs" and "Back From The Front" in "Which film has
 * the director who died earlier, The Serfs or Back From The Front". A title is a run of words that begin with anything but a small
 * letter, with particles and commas between them.
 */
export const pairAround = (text: string, conjunction: RegExp): readonly [string, string] | undefined => {
  const match = Array.from(text.matchAll(new RegExp(conjunction, "g"))).at(-1)
  if (match === undefined) return undefined
  const split = match.index + match[0].lastIndexOf(" ", match[0].length - 2)
  const left = titleEnding(text.slice(0, split))
  const right = titleBeginning(text.slice(match.index + match[0].length))
  return left === undefined || right === undefined ? undefined : [left, right]
}

/** Words of the sentence that may stand between a title and the conjunction: "director of film X", "X have the same age as". */
const maxBetween = 4

const titleEnding = (text: string): string | undefined => {
  const words = text.match(token) ?? []
  const last = words.findLastIndex((word) => !isPlain(word))
  let first = last
  for (let i = last; i > 0; i--) {
    const word = words[i] ?? ""
    if (!isPlain(word)) first = i
    else if (!particle.test(word)) break
  }
  // The first word of a question begins with a capital letter, too.
  return last < 1 || last < words.length - 1 - maxBetween ? undefined : words.slice(first, last + 1).join(" ")
}

const titleBeginning = (text: string): string | undefined => {
  const words = text.match(token) ?? []
  const first = words.findIndex((word) => !isPlain(word))
  if (first < 0 || first > maxBetween) return undefined
  let last = first
  for (let i = first; i < words.length; i++) {
    const word = words[i] ?? ""
    if (!isPlain(word)) last = i
    else if (!particle.test(word)) break
  }
  return words
    .slice(first, last + 1)
    .join(" ")
    .replace(/,$/, "")
}
