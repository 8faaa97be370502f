import { termsOf } from "../../../actors/retrieval/bm25/terms.ts"
import { monthNames } from "./dates.ts"
import { isMeaningful } from "./text.ts"

/** A proper name, or the quoted title of a work, where it stands in a text. */
export interface Name {
  readonly text: string
  readonly start: number
}

const word = String.raw`(?:\p{Lu}\.)+|\p{Lu}\p{Ll}{1,2}\.(?= \p{Lu})|\p{Lu}[\p{L}\p{M}\p{N}'’]*(?:- ?\p{L}[\p{L}\p{M}'’]*)*`
const particle = "(?:of|the|and the|de|la|le|les|du|des|del|di|da|do|dos|von|van|der|den|bin|ibn|al|el|y|for) "
const name = new RegExp(
  String.raw`["“](?<quoted>[^"”]{2,60})["”]|(?:${word})(?: (?:${particle}){0,2}(?:${word}|\d{1,4}(?![\d,])))*`,
  "gu"
)

/**
 * The names in a text: runs of capitalised words with the particles between them, and what stands in quotation marks.
 *
 * Function words that only begin a sentence are cut off ("The Serfs" keeps its article, "In Paris" does not).
 */
export const namesIn = (text: string): ReadonlyArray<Name> =>
  Array.from(text.matchAll(name)).flatMap((match) => {
    const quoted = match.groups?.quoted
    if (quoted !== undefined) return [{ text: quoted.trim().replace(/,$/, ""), start: match.index + 1 }]
    const skipped = leadingWords.exec(match[0])?.[0].length ?? 0
    const rest = match[0]
      .slice(skipped)
      .replace(/['’]s$/, "")
      .replaceAll("- ", "-")
    return termsOf(rest).some(isName) ? [{ text: rest, start: match.index + skipped }] : []
  })

const leadingWords =
  /^(?:(?:In|On|At|By|For|From|With|As|After|Before|During|Since|Until|While|When|Where|Who|Whose|Which|What|How|It|Its|He|His|She|Her|They|Their|This|That|These|There|Are|Is|Was|Were|Did|Do|Does|Both|And|But|Also|Of|To|If|An?)(?: |$))+(?:the (?=\p{Lu}))?/u

const isName = (term: string): boolean => isMeaningful(term) && !months.has(term) && /\p{L}{2}/u.test(term)

const months = new Set(monthNames.map((month) => month.toLowerCase()))
