import { displayWidth, graphemesOf } from "./displayWidth.ts"

/**
 * Breaks a text into lines of at most so many columns: at blanks where it can, inside a word that is too long by itself.
 * Line breaks of the text stay; blanks where a line is broken go.
 */
export const wrap = (text: string, columns: number): ReadonlyArray<string> =>
  text.split(/\r?\n/).flatMap((line) => wrapLine(line, Math.max(1, columns)))

const wrapLine = (line: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let current = line.match(/^\s*/)?.[0] ?? ""
  let isEmpty = true
  for (const word of line.split(/\s+/).filter((part) => part !== "")) {
    const joined = isEmpty ? current + word : `${current} ${word}`
    if (displayWidth(joined) <= columns) current = joined
    else {
      if (!isEmpty) lines.push(current)
      const pieces = chop(word, columns)
      lines.push(...pieces.slice(0, -1))
      current = pieces.at(-1) ?? ""
    }
    isEmpty = false
  }
  return [...lines, isEmpty ? "" : current]
}

const chop = (word: string, columns: number): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let piece = ""
  for (const grapheme of graphemesOf(word)) {
    if (piece !== "" && displayWidth(piece + grapheme) > columns) {
      pieces.push(piece)
      piece = ""
    }
    piece += grapheme
  }
  return [...pieces, piece]
}

/** The beginning of a text on one line, with an ellipsis where something was left out. */
export const shorten = (text: string, columns: number): string => {
  const line = text.trim().replace(/\s+/g, " ")
  if (displayWidth(line) <= columns) return line
  let kept = ""
  for (const grapheme of graphemesOf(line)) {
    if (displayWidth(kept + grapheme) > columns - 1) break
    kept += grapheme
  }
  return `${kept.trimEnd()}…`
}
