import type { FactName } from "./facts.ts"
import { namesIn } from "./names.ts"
import { pairAround } from "./pair.ts"
import type { Page } from "./reading.ts"
import { type RelationName, relationsIn } from "./relations.ts"
import { holdsKey, keyOf, stemsOf } from "./text.ts"

/** What kind of words would answer a question. */
export type Wanted = "place" | "date" | "number" | "name"

/** The fact by which a question wants two things ordered, and which end of that order it asks for. */
export interface Order {
  readonly fact: FactName
  readonly pick: "least" | "greatest"
}

/** What the words of a question tell before anything was read. */
export interface Question {
  readonly text: string
  readonly key: string
  readonly stems: ReadonlySet<string>
  /** The names in it, as keys. */
  readonly names: ReadonlyArray<string>
  /** `choice`: one of the options; `yes-no`: whether something holds of the options; `open`: anything else. */
  readonly form: "choice" | "yes-no" | "open"
  /** The two things compared; none in an open question. */
  readonly options: readonly [string, string] | readonly []
  /** The question without its options. */
  readonly criterion: string
  readonly wanted: Wanted
  /** The stem of the noun that "which", "what" or "how many" asks for. */
  readonly head: string | undefined
  /** Steps from the named thing to the one the question is about, in the order to take them. */
  readonly relations: ReadonlyArray<RelationName>
  /** What is asked of the one at the end of those steps. */
  readonly fact: FactName | undefined
  readonly order: Order | undefined
}

export const readQuestion = (asked: string): Question => {
  const text = asked
    .trim()
    .replace(/\s+/g, " ")
    .replace(/\s*\?+$/, "")
  const { form, options } = formOf(text)
  const criterion = options.reduce((rest, option) => rest.replace(option, " "), text)
  const head = headOf(text)
  return {
    text,
    key: keyOf(text),
    stems: new Set(stemsOf(text)),
    names: namesIn(text).map((name) => keyOf(name.text)),
    form,
    options,
    criterion,
    wanted: wantedBy(text, head),
    head,
    relations: relationsIn(criterion),
    fact: facts.find(([pattern]) => pattern.test(criterion))?.[1],
    order: form === "choice" ? orders.find(([pattern]) => pattern.test(criterion))?.[1] : undefined
  }
}

const formOf = (text: string): Pick<Question, "form" | "options"> => {
  const alternatives = pairAround(text, / or | out of .* and | between .* and /)
  if (alternatives !== undefined) return { form: "choice", options: alternatives }
  const compared = /^(?:Are|Is|Was|Were|Do|Does|Did|Has|Have|Had)\b/.test(text)
    ? pairAround(text, / and | as /)
    : undefined
  return compared === undefined ? { form: "open", options: [] } : { form: "yes-no", options: compared }
}

const facts: ReadonlyArray<readonly [RegExp, FactName]> = [
  [/\bwhere\b.*\bborn\b|\bplace of birth\b|\bbirthplace\b|\bborn in (?:what|the same)\b/i, "place of birth"],
  [/\b(?:what|which) (?:city|town|county|state)\b.*\bborn\b/i, "place of birth"],
  [/\bwhere\b.*\bdie\b|\bplace of death\b|\b(?:what|which) (?:city|town)\b.*\bdied?\b/i, "place of death"],
  [/\b(?:when|what (?:date|year|day))\b.*\bborn|\bbirthday\b|\bdate of birth\b|\bbirth ?date\b/i, "date of birth"],
  [/\b(?:when|what (?:date|year|day))\b.*\bdie\b|\bdate of death\b|\bdied on which\b/i, "date of death"],
  [/\bnationalit(?:y|ies)\b|\b(?:same|which|what) country\b/i, "nationality"]
]

const orders: ReadonlyArray<readonly [RegExp, Order]> = [
  [/\blived? (?:to an older age|longer|a longer life)/i, { fact: "age", pick: "greatest" }],
  [/\bdied? (?:first|earlier|before)/i, { fact: "date of death", pick: "least" }],
  [/\bdied? (?:later|last|more recently)/i, { fact: "date of death", pick: "greatest" }],
  [/\b(?:younger|youngest)\b|\bborn (?:later|last|more recently)/i, { fact: "date of birth", pick: "greatest" }],
  [/\b(?:older|oldest|elder)\b|\bborn (?:first|earlier|before)/i, { fact: "date of birth", pick: "least" }],
  [/\b(?:first|earlier|earliest|before)\b/i, { fact: "year", pick: "least" }],
  [/\b(?:recently|later|latest|newer|last)\b/i, { fact: "year", pick: "greatest" }]
]

/** "What is the name of the famous bridge in …" asks for a bridge, "how many campuses are …" for campuses. */
const headOf = (text: string): string | undefined => {
  const phrase =
    /\b(?:what|which|how many)(?: kind of| type of)? (?:(?:is|was|are|were) )?(?:the )?(?:(?:name|title) of (?:the |a )?)?(?<phrase>[\p{L}' -]+)/iu.exec(
      text
    )?.groups?.phrase
  const noun = phrase?.split(
    / (?:of|in|on|at|that|who|which|is|was|are|were|did|does|do|has|have|from|for|to|with|by|the)\b/
  )[0]
  return stemsOf(noun ?? "").at(-1)
}

const wantedBy = (text: string, head: string | undefined): Wanted => {
  if (/\bhow (?:many|much|old|long|tall|high|far|large)\b|\bpercentage\b|\b(?:number|amount|population)\b/i.test(text))
    return "number"
  if (/^when\b|\b(?:what|which) (?:year|date|day|century|month|decade)\b|\bbirth ?(?:date|day)\b/i.test(text))
    return "date"
  if (/^where\b|\b(?:based|located) where\b/i.test(text) || placeNouns.has(head ?? "")) return "place"
  return "name"
}

const placeNouns = new Set(
  stemsOf(
    "city town county country state province island river mountain region district continent village location territory"
  )
)

/** Whether the question names what a page is about. */
export const namesPage = ({ key, names }: Question, { subject }: Page): boolean =>
  holdsKey(key, subject) && names.some((name) => holdsKey(name, subject) || holdsKey(subject, name))
