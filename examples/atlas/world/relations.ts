/**
 * What the atlas knows. A relation leads from a subject to one value: from a country to its capital, from a currency to its code.
 * Where a value belongs to one country alone, the relation can be followed back: from the capital to the country.
 */
export const countryRelations = [
  "capital",
  "currency",
  "language",
  "region",
  "people",
  "domain",
  "callingCode",
  "neighbour"
] as const

/** A relation from a country to a value. `neighbour`: the only country it has a land border with. */
export type CountryRelation = (typeof countryRelations)[number]

/** A relation from a currency or a language to its ISO code. */
export type CodeRelation = "currencyCode" | "languageCode"

export type Relation = CountryRelation | CodeRelation

/** Relations that a country can be described by: the country whose capital is …. */
export const describingRelations = ["capital", "currency", "language", "people", "domain", "callingCode"] as const
export type DescribingRelation = (typeof describingRelations)[number]

export const isDescribing = (relation: Relation): relation is DescribingRelation =>
  describingRelations.some((describing) => describing === relation)

/** One relation, followed from what is known to what is wanted: `forward` to the value, `backward` to the country. */
export type Step = ForwardStep | BackwardStep

export interface ForwardStep {
  readonly direction: "forward"
  readonly relation: Relation
}

export interface BackwardStep {
  readonly direction: "backward"
  readonly relation: DescribingRelation
}

/** How a step is looked up by someone who asks well: what is wanted, and of what. */
export const queryOf = (step: Step, known: string): string =>
  step.direction === "forward" ? forward[step.relation](known) : backward[step.relation](known)

type Query = (known: string) => string

const forward: Readonly<Record<Relation, Query>> = {
  capital: (known) => `capital of ${known}`,
  currency: (known) => `currency of ${known}`,
  language: (known) => `language of ${known}`,
  region: (known) => `region of ${known}`,
  people: (known) => `people of ${known}`,
  domain: (known) => `internet domain of ${known}`,
  callingCode: (known) => `calling code of ${known}`,
  neighbour: (known) => `only neighbour of ${known}`,
  currencyCode: (known) => `code of the ${known} currency`,
  languageCode: (known) => `code of the ${known} language`
}

const backward: Readonly<Record<DescribingRelation, Query>> = {
  capital: (known) => `country with capital ${known}`,
  currency: (known) => `country with currency ${known}`,
  language: (known) => `country with language ${known}`,
  people: (known) => `country of people called ${known}`,
  domain: (known) => `country with internet domain ${known}`,
  callingCode: (known) => `country with calling code ${known}`
}
