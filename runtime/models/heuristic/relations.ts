import { namesIn } from "./names.ts"
import { isNation } from "./nations.ts"
import type { Page } from "./reading.ts"
import { holdsKey, keyOf } from "./text.ts"

/**
 * A step from the subject of a page to someone the page names. `asked` finds it in a question, `cue` finds the words before the
 * name in the page.
 */
interface Relation {
  readonly asked: string
  readonly cue: RegExp
}

const by = String.raw`\b[^.;]{0,60}?\bby\b`

const relations = {
  director: {
    asked: "directors?",
    cue: new RegExp(`\\bdirected${by}|\\bdirectorial debut (?:of|by)|\\bfilm (?:by|of)\\b|\\bdirector\\b`, "g")
  },
  producer: { asked: "producers?", cue: new RegExp(`\\bproduced${by}|\\bproducer\\b`, "g") },
  composer: {
    asked: "composers?",
    cue: new RegExp(
      `\\b(?:music|score|scored|composed|soundtrack|songs|lyrics|written)${by}|\\bcomposers?\\b|\\bby\\b`,
      "g"
    )
  },
  performer: {
    asked: "performers?|singers?",
    cue: new RegExp(
      `\\b(?:recorded|performed|sung|released|song|single|album|track)${by}|\\b(?:song|single|album) (?:of|from)\\b|\\bby\\b`,
      "g"
    )
  },
  author: {
    asked: "authors?|writers?",
    cue: new RegExp(`\\b(?:written|novel|book|story|play|authored|published)${by}|\\bauthor\\b|\\bby\\b`, "g")
  },
  creator: {
    asked: "creators?",
    cue: new RegExp(`\\b(?:created|painting|painted|developed|designed)${by}|\\bby\\b`, "g")
  },
  founder: {
    asked: "founders?",
    cue: new RegExp(`\\b(?:founded|established|created|started)${by}|\\bfounders?\\b`, "g")
  },
  father: { asked: "fathers?", cue: /\b(?:son|daughter|child|children|heir) of\b|\bfather\b(?! of)/g },
  mother: {
    asked: "mothers?",
    cue: /\b(?:son|daughter|child|children) of [^.;]{0,80}?\b(?:and|by)\b|\bmother\b(?! of)/g
  },
  spouse: {
    asked: "husbands?|wife|wives|spouses?",
    cue: /\bmarried(?: to)?\b|\b(?:husband|wife|widow|spouse|consort)\b(?: of)?|\bmarriage (?:to|with)\b/g
  },
  child: {
    asked: "child|children|sons?|daughters?",
    cue: /\b(?:father|mother|parents?) of\b|\b(?:son|daughter|children)\b(?! of)/g
  },
  sibling: { asked: "siblings?|brothers?|sisters?", cue: /\b(?:brother|sister|sibling)s?\b(?: of)?/g }
} as const satisfies Readonly<Record<string, Relation>>

export type RelationName = keyof typeof relations

/** Kinship that takes two steps. */
const compounds: ReadonlyArray<readonly [asked: string, steps: ReadonlyArray<RelationName>]> = [
  ["paternal grandfather", ["father", "father"]],
  ["paternal grandmother", ["father", "mother"]],
  ["maternal grandfather", ["mother", "father"]],
  ["maternal grandmother", ["mother", "mother"]],
  ["father-in-law", ["spouse", "father"]],
  ["mother-in-law", ["spouse", "mother"]],
  ["child-in-law", ["child", "spouse"]]
]

const simple = Object.entries(relations).map(
  ([name, { asked }]) => [asked, [name as RelationName]] as const // the keys of `relations` are its names
)
const vocabulary = [...compounds, ...simple].map(([asked, steps]) => ({
  pattern: new RegExp(String.raw`^(?:${asked})$`, "i"),
  steps
}))
const anyRelation = new RegExp(
  String.raw`(?<!\p{L})(?:${[...compounds, ...simple].map(([asked]) => asked).join("|")})(?!\p{L})`,
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
  const before = found.filter(({ possessive }) => !possessive).reverse()
  return [...found.filter(({ possessive }) => possessive), ...before].flatMap(({ steps }) => steps)
}

/** How far behind its cue a name may begin. */
const reach = 70

/** The one a page names in this relation to its subject. */
export const relatedName = (page: Page, relation: RelationName): string | undefined => {
  for (const sentence of page.sentences) {
    for (const cue of sentence.matchAll(relations[relation].cue)) {
      const from = cue.index + cue[0].length
      const found = namesIn(sentence.slice(from, from + reach + 60)).find(
        ({ start, text }) => start <= reach && !isNation(text) && !holdsKey(page.subject, keyOf(text))
      )
      if (found !== undefined) return found.text
    }
  }
  return undefined
}
