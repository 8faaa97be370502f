/**
 * How much room text takes in a terminal. Titles and answers come in every script: one letter may be several code points,
 * and East Asian letters and emoji take two columns.
 */

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })

/** What a reader takes for single letters. */
export const graphemesOf = (text: string): ReadonlyArray<string> =>
  isPlain(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment)

/** Columns that a text without line breaks takes. */
export const displayWidth = (text: string): number =>
  isPlain(text) ? text.length : graphemesOf(text).reduce((columns, grapheme) => columns + widthOf(grapheme), 0)

const isPlain = (text: string): boolean => /^[ -~]*$/.test(text)

const widthOf = (grapheme: string): number => {
  if (invisible.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

/** Marks without a letter under them, control characters, and characters that only say how others are to be set. */
const invisible = /^[\p{M}\p{Cc}\p{Cf}]+$/u

/** East Asian letters and full-width forms, and what is shown as an emoji. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|.\ufe0f)/u

/** The text with blanks after it, or before it, to fill so many columns. */
export const pad = (text: string, columns: number, align: "left" | "right" = "left"): string => {
  const blanks = " ".repeat(Math.max(0, columns - displayWidth(text)))
  return align === "left" ? text + blanks : blanks + text
}
