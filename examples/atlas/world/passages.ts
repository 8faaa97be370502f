import { lotOf } from "./lot.ts"
import {
  type CodeRelation,
  type CountryRelation,
  countryRelations,
  type DescribingRelation,
  isDescribing,
  type Step
} from "./relations.ts"
import { sentenceOf } from "./sentences.ts"
import type { World } from "./world.ts"

/** One passage of the corpus, with what it says. */
export interface Passage {
  readonly id: string
  readonly title: string
  readonly text: string
  /** The fact it tells; absent for one that answers no question. */
  readonly fact?: Step & { readonly known: string; readonly value: string }
}

/** As a corpus has it: the quoted title, a line break, the text. */
export const contentsOf = ({ text, title }: Passage): string => `"${title}"\n${text}`

/** Id of the passage that takes a step from what is known. */
export const passageId = ({ direction, relation }: Step, known: string): string =>
  `${direction === "forward" ? relation : `${relation}-of`}/${slugOf(known)}`

/**
 * All passages of a world: for every country a page on each of its facts, its borders and its size, for every value a page that
 * tells whose it is, for currencies and languages their codes. What a value is shared by is told in one sentence.
 */
export const passagesOf = (world: World): ReadonlyArray<Passage> => [
  ...world.countries.flatMap((country) => [
    ...countryRelations.flatMap((relation) => {
      const value = country.facts[relation]
      return value === undefined ? [] : [tell({ relation, direction: "forward" }, country.name, value)]
    }),
    ...(country.borders.length > 1 ? [bordersPassage(country.name, country.borders)] : []),
    areaPassage(country.name, country.area)
  ]),
  ...countryRelations.filter(isDescribing).flatMap((relation) => backwardPassages(world, relation)),
  ...codePassages(world, "currencyCode"),
  ...codePassages(world, "languageCode")
]

/** The countries that have each value of a relation. */
export const holdersOf = (world: World, relation: CountryRelation): ReadonlyMap<string, ReadonlyArray<string>> => {
  const holders = new Map<string, Array<string>>()
  for (const { facts, name } of world.countries) {
    const value = facts[relation]
    if (value === undefined) continue
    const those = holders.get(value)
    if (those === undefined) holders.set(value, [name])
    else those.push(name)
  }
  return holders
}

const backwardPassages = (world: World, relation: DescribingRelation): ReadonlyArray<Passage> =>
  [...holdersOf(world, relation)].map(([value, holders]) =>
    tell({ relation, direction: "backward" }, value, listed(holders))
  )

const codePassages = (world: World, relation: CodeRelation): ReadonlyArray<Passage> =>
  [...world.codes[relation]].map(([name, code]) => tell({ relation, direction: "forward" }, name, code))

const tell = (step: Step, known: string, value: string): Passage => {
  const id = passageId(step, known)
  return { id, title: known, text: sentenceOf(step, known, value, lotOf(id)), fact: { ...step, known, value } }
}

const bordersPassage = (country: string, borders: ReadonlyArray<string>): Passage => ({
  id: `borders/${slugOf(country)}`,
  title: country,
  text: `On land, ${country} borders ${listed(borders.slice(0, mostListed))}${borders.length > mostListed ? " and others" : ""}.`
})

const areaPassage = (country: string, area: number): Passage => ({
  id: `area/${slugOf(country)}`,
  title: country,
  text: `The area of ${country} is ${area} square kilometres.`
})

const slugOf = (name: string): string => name.replaceAll(" ", "_")

const mostListed = 4

const listed = (names: ReadonlyArray<string>): string => {
  if (names.length > mostListed) return `${names.slice(0, mostListed).join(", ")} and others`
  const last = names.slice(-1).join("")
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`
}
