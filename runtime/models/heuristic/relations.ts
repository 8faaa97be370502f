import { namesIn } from "./names.ts"
import { isNation } from "./nations.ts"
import type { Page } from "./reading.ts"
import { holdsKey, keyOf } from "./text.ts"

/**
 * A step from the subject of a page to someone the page names. `asked` finds it in a question; `cues` find the words before the
 * name in the page, the surest first.
 */
interface Relation {
  readonly asked: string
  readonly cues: ReadonlyArray<RegExp>
}

const by = (verbs: string): RegExp => new RegExp(`\\b(?:${verbs})\\b[^.;]{0,60}?\\bby\\b`, "g")

const relations = {
  director: {
    asked: "directors?",
    cues: [by("directed"), /\b(?:directorial debut|film) (?:of|by)\b/g, /\bdirector\b/g, /\bby\b/g]
  },
  producer: { asked: "producers?", cues: [by("produced"), /\bproducer\b/g] },
  composer: {
    asked: "composers?",
    cues: [by("music|score|scored|composed|soundtrack|songs"), /\bcomposers?\b/g, by("written|lyrics"), /\bby\b/g]
  },
  performer: {
    asked: "performers?|singers?",
    cues: [
      by("recorded|performed|sung|song|single|album|track|released"),
      /\b(?:song|single|album) (?:of|from)\b/g,
      /\bby\b/g
    ]
  },
  author: {
    asked: "authors?|writers?",
    cues: [by("written|novel|book|story|play|authored"), /\bauthor\b/g, /\bby\b/g]
  },
  founder: { asked: "founders?", cues: [by("founded|established|created|started"), /\bfounders?\b/g] },
  father: { asked: "fathers?", cues: [/\b(?:son|daughter|child|children|heir) of\b/g, /\bfather\b(?! of)/g] },
  mother: {
    asked: "mothers?",
    cues: [/\b(?:son|daughter|child|children) of [^.;]{0,80}?\b(?:and|by)\b/g, /\bmother\b(?! of)/g]
  },
  spouse: {
    asked: "husbands?|wife|wives|spouses?",
    cues: [
      /\bmarried(?: to)?\b/g,
      /\b(?:husband|wife|widow|spouse|consort) of\b/g,
      /\bmarriage (?:to|with)\b/g,
      /\b(?:husband|wife|spouse)\b/g
    ]
  },
  child: {
    asked: "child|children|sons?|daughters?",
    cues: [/\b(?:father|mother|parents?) of\b/g, /\b(?:son|daughter|children)\b(?! of)/g]
  }
} as const satisfies Readonly<Record<string, Relation>>

export type RelationName = keyof typeof relations

/** Kinship that takes two steps. */
const kinship: ReadonlyArray<readonly [asked: string, steps: ReadonlyArray<RelationName>]> = [
  ["paternal grandfather", ["father", "father"]],
  ["paternal grandmother", ["father", "mother"]],
  ["maternal grandfather", ["mother", "father"]],
  ["maternal grandmother", ["mother", "mother"]],
  ["father-in-law", ["spouse", "father"]],
  ["mother-in-law", ["spouse", "mother"]],
  ["child-in-law", ["child", "spouse"]]
]

const isRelation = (name: string): name is RelationName => name in relations

const simple = Object.keys(relations)
  .filter(isRelation)
  .map((name) => [relations[name].asked, [name]] as const)

const vocabulary = [...kinship, ...simple].map(([asked, steps]) => ({ pattern: new RegExp(`^(?:${asked})$`), steps }))

const anyRelation = new RegExp(
  String.raw`(?<!\p{L}|\bfilm )(?:${[...kinship, ...simple].map(([asked]) => asked).join("|")})(?!\p{L})`,
  "gu"
)

/**
 * The steps a question takes from the thing it names, first step first: "the wife of the director of film X" goes to the
 * director and then to the wife, as does "film X's director's wife".
 */
export const relationsIn = (question: string): ReadonlyArray<RelationName> => {
  const found = Array.from(question.matchAll(anyRelation), ({ 0: text, index }) => ({
    steps: vocabulary.find(({ pattern }) => pattern.test(text))?.steps ?? [],
    possessive: /['’]s? ?$/.test(question.slice(0, index))
  }))
  const behind = found.filter(({ possessive }) => possessive)
  const before = found.filter(({ possessive }) => !possessive).reverse()
  return [...behind, ...before].flatMap(({ steps }) => steps)
}

/** How far behind its cue a name may begin. */
const reach = 70

/** The one that pages about a subject name in this relation to it. */
export const relatedName = (pages: ReadonlyArray<Page>, relation: RelationName): string | undefined => {
  for (const cue of relations[relation].cues) {
    for (const page of pages) {
      for (const sentence of page.sentences) {
        for (const match of sentence.matchAll(cue)) {
          const found = nameBehind(sentence.slice(match.index + match[0].length), page)
          if (found !== undefined) return found
        }
      }
    }
  }
  return undefined
}

/** The first name that is neither a nation nor the page's own subject. */
const nameBehind = (text: string, page: Page): string | undefined =>
  namesIn(text.slice(0, reach + 60)).find(
    (name) => name.start <= reach && !isNation(name.text) && !holdsKey(page.subject, keyOf(name.text))
  )?.text
