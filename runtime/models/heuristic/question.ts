import type { FactName } from "./facts.ts"
import { namesIn } from "./names.ts"
import { type RelationName, relationsIn } from "./relations.ts"
import { keyOf, stemsOf } from "./text.ts"

/** What kind of words would answer a question. */
export type Wanted = "person" | "place" | "date" | "number" | "name"

/** How a question wants two things ordered by a fact. */
export interface Order {
  readonly fact: FactName
  readonly pick: "least" | "greatest"
}

/** What the words of a question tell before anything was read. */
export interface Question {
  readonly text: string
  readonly key: string
  readonly stems: ReadonlySet<string>
  /** `choice`: one of the options; `yes-no`: whether something holds of the options; `open`: anything else. */
  readonly form: "choice" | "yes-no" | "open"
  readonly options: ReadonlyArray<string>
  /** The question without its options. */
  readonly criterion: string
  readonly wanted: Wanted
  /** The noun that "which" or "what" asks for, as a stem: "county", "league". */
  readonly head?: string
  /** Steps from the named thing to the one the question is about, in the order to take them. */
  readonly relations: ReadonlyArray<RelationName>
  /** What is asked of the one at the end of those steps. */
  readonly fact?: FactName
  readonly order?: Order
}

export const readQuestion = (text: string): Question => {
  const plain = text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/\s*\?+$/, "")
  const { form, options } = formOf(plain)
  const criterion = options.reduce((rest, option) => rest.replace(option, " "), plain)
  const fact = factAsked(criterion)
  const order = form === "choice" ? orderAsked(criterion) : undefined
  const head = headOf(plain)
  return {
    text: plain,
    key: keyOf(plain),
    stems: new Set(stemsOf(plain)),
    form,
    options,
    criterion,
    wanted: wantedBy(plain, head),
    relations: relationsIn(criterion),
    ...(head === undefined ? {} : { head }),
    ...(fact === undefined ? {} : { fact }),
    ...(order === undefined ? {} : { order })
  }
}

const formOf = (text: string): Pick<Question, "form" | "options"> => {
  if (/^(?:Are|Is|Was|Were|Do|Does|Did|Has|Have|Had|Can)\b/i.test(text) && !/ or /.test(text)) {
    return { form: "yes-no", options: pairIn(text) }
  }
  const choice =
    /^[^,]*?\b(?:Who|Which|What|Whose)\b.*?(?:, | - |: | ?out of | between )(?<left>.+?),? (?:or|and) (?<right>.+)$/i.exec(
      text
    ) ?? /^(?:Was|Is|Did) (?<left>.+) or (?<right>.+?) (?:born|die|older|younger)\b.*$/.exec(text)
  const left = choice?.groups?.left
  const right = choice?.groups?.right
  const isChoice = left !== undefined && right !== undefined && /\p{Lu}|\d/u.test(left.charAt(0))
  if (!isChoice || !(/ or /.test(text) || /out of|between/.test(text))) return { form: "open", options: [] }
  return { form: "choice", options: [left.trim(), right.trim()] }
}

/** The two things a yes-no question compares: the names on both sides of its last "and" between names. */
const pairIn = (text: string): ReadonlyArray<string> => {
  const pair =
    /(?:both |movies |films?:? |directors of |villages, |rivers, |bands, |magazines, )?(?<left>\p{Lu}[^?]*?),? (?:and|as) (?:director of film |the )?(?<right>[\p{Lu}\d].*?)(?=,? (?:both |films |are |have |has |share|located|originate|born|from |of the same|in the same|the same|flowering|guitarists?|board|endemic|british|us-|produced|lead)|$)/u.exec(
      text.replace(/^\w+ (?:the )?/, "")
    )
  const left = pair?.groups?.left
  const right = pair?.groups?.right
  if (left === undefined || right === undefined)
    return namesIn(text)
      .slice(0, 2)
      .map((name) => name.text)
  return [left.replace(/ have the same.*| and director of film$/, "").trim(), right.replace(/,$/, "").trim()]
}

const factPatterns: ReadonlyArray<readonly [RegExp, FactName]> = [
  [/\bcause of death\b|\bhow did\b.*\bdie\b|\bwhy did\b.*\bdie\b/i, "cause of death"],
  [
    /\bwhere\b.*\bborn\b|\b(?:place of birth|birthplace)\b|\bborn in what\b|\bin (?:what|which) (?:city|town|county|country|state)\b.*\bborn\b/i,
    "place of birth"
  ],
  [
    /\bwhere\b.*\bdie\b|\bplace of death\b|\bdied? in what\b|\bin (?:what|which) (?:city|town)\b.*\bdied?\b/i,
    "place of death"
  ],
  [
    /\b(?:when|what (?:date|year|day))\b.*\bborn|\bbirthday\b|\bdate of birth\b|\bbirth ?date\b|\bborn (?:in|on) what\b/i,
    "date of birth"
  ],
  [/\b(?:when|what (?:date|year|day))\b.*\bdie\b|\bdate of death\b|\bdied on which\b/i, "date of death"],
  [/\bnationalit(?:y|ies)\b|\bsame country\b|\b(?:which|what) country\b/i, "nationality"],
  [/\bborn in the same (?:place|city|town)\b/i, "place of birth"],
  [/\bgraduate|\balma mater\b|\bstudy at\b|\beducated at\b/i, "school"],
  [/\baward\b/i, "award"]
]

const factAsked = (criterion: string): FactName | undefined =>
  factPatterns.find(([asked]) => asked.test(criterion))?.[1]

const orderPatterns: ReadonlyArray<readonly [RegExp, Order]> = [
  [/\blived? (?:to an older age|longer|a longer life)/i, { fact: "age reached", pick: "greatest" }],
  [/\bdied? (?:first|earlier|before)|\bdied the earliest/i, { fact: "date of death", pick: "least" }],
  [/\bdied? (?:later|last|more recently)/i, { fact: "date of death", pick: "greatest" }],
  [/\b(?:younger|youngest)\b|\bborn (?:later|last|more recently)/i, { fact: "date of birth", pick: "greatest" }],
  [/\b(?:older|oldest|elder)\b|\bborn (?:first|earlier|before)/i, { fact: "date of birth", pick: "least" }],
  [/\b(?:first|earlier|earliest|before|older)\b/i, { fact: "year", pick: "least" }],
  [/\b(?:recently|later|latest|newer|last)\b/i, { fact: "year", pick: "greatest" }]
]

const orderAsked = (criterion: string): Order | undefined => orderPatterns.find(([asked]) => asked.test(criterion))?.[1]

/** "What is the name of the famous bridge in …" asks for a bridge, "which county shares …" for a county. */
const headOf = (text: string): string | undefined => {
  const asked =
    /\b(?:what|which)(?: other| kind of| type of)? (?:(?:is|was|are|were) (?:the )?(?:name|title) of (?:the |a )?)?(?:(?:is|was|are|were) the )?(?<phrase>[\p{L}' -]+)/iu.exec(
      text
    )
  const phrase = asked?.groups?.phrase ?? ""
  const noun = phrase.split(
    / (?:of|in|on|at|that|who|which|is|was|are|were|did|does|do|has|had|have|from|for|to|with|by|would|will|can|shares?|formed|located|the)\b/
  )[0]
  return stemsOf(noun ?? "").at(-1)
}

const wantedBy = (text: string, head: string | undefined): Wanted => {
  if (
    /\bhow (?:many|much|old|long|tall|high|far|large)\b|\bpercentage\b|\bwhat (?:number|amount)\b|\bpopulation\b/i.test(
      text
    )
  )
    return "number"
  if (
    /^when\b|\b(?:what|which) (?:year|date|day|century|month|decade)\b|\bin what year\b|\bbirth ?date\b|\bbirthday\b/i.test(
      text
    )
  )
    return "date"
  if (/^where\b|\bbased where\b|\blocated where\b/i.test(text) || (head !== undefined && placeNouns.has(head)))
    return "place"
  if (
    /\bwho(?:m|se)?\b(?!.*\b(?:what|which) \w)/i.test(text.slice(0, 40)) ||
    (head !== undefined && personNouns.has(head))
  )
    return "person"
  return "name"
}

const placeNouns = new Set(
  stemsOf(
    "city town county country state province island river mountain region district continent village location territory place"
  )
)
const personNouns = new Set(
  stemsOf(
    "actor actress man woman singer director author writer player footballer philosopher president king queen artist musician painter guitarist rapper essayist politician scientist person composer founder poet drummer"
  )
)
