import { shuffled } from "../../../actors/trainer/batching/random.ts"
import { type CodeRelation, type CountryRelation, countryRelations, type Relation } from "./relations.ts"
import { sourceCountries } from "./source.ts"

/** The one value of each relation; a relation with none, or with several, is left out. */
export type Facts = Readonly<Partial<Record<CountryRelation, string>>>

export interface Country {
  readonly name: string
  readonly facts: Facts
  /** All countries it has a land border with, by name. */
  readonly borders: ReadonlyArray<string>
  /** In square kilometres. */
  readonly area: number
}

/** All that is the case. Names and areas of countries are the same in all worlds; facts may differ. */
export interface World {
  readonly countries: ReadonlyArray<Country>
  /** ISO codes by the name of the currency or language. */
  readonly codes: Readonly<Record<CodeRelation, ReadonlyMap<string, string>>>
}

/** The world as `world-countries` describes it. Of a currency that is named twice there, the last code counts. */
export const trueWorld = (): World => {
  const nameOf = new Map(sourceCountries.map(({ cca3, name }) => [cca3, name.common]))
  return {
    countries: sourceCountries.map((country) => {
      const borders = country.borders.flatMap((code) => nameOf.get(code) ?? [])
      const values: Readonly<Record<CountryRelation, string | undefined>> = {
        capital: only(country.capital),
        currency: only(Object.values(country.currencies).map(({ name }) => name)),
        language: only(Object.values(country.languages)),
        region: country.subregion,
        people: country.demonyms.eng.m,
        domain: only(country.tld),
        callingCode: only(country.idd.suffixes.map((suffix) => country.idd.root + suffix)),
        neighbour: only(borders)
      }
      return { name: country.name.common, facts: factsOf((relation) => values[relation]), borders, area: country.area }
    }),
    codes: {
      currencyCode: new Map(
        sourceCountries.flatMap(({ currencies }) =>
          Object.entries(currencies).map(([code, { name }]): [string, string] => [name, code])
        )
      ),
      languageCode: new Map(
        sourceCountries.flatMap(({ languages }) =>
          Object.entries(languages).map(([code, name]): [string, string] => [name, code])
        )
      )
    }
  }
}

/**
 * A world of the same names in which every fact is redrawn: each relation's values go to the countries that have one, in another
 * order. Whoever answers from memory is wrong in it; whoever reads is not. The same seed gives the same world.
 */
export const shuffledWorld = (world: World, seed: number): World => {
  const values = new Map(countryRelations.map((relation) => [relation, redrawnValues(world.countries, relation, seed)]))
  const borders = redrawnBorders(world.countries, seed)
  return {
    countries: world.countries.map(({ area, name }) => {
      const its = borders.get(name) ?? []
      const facts = factsOf((relation) => (relation === "neighbour" ? only(its) : values.get(relation)?.get(name)))
      return { name, facts, borders: its, area }
    }),
    codes: {
      currencyCode: redrawnCodes(world.codes.currencyCode, seed, 100),
      languageCode: redrawnCodes(world.codes.languageCode, seed, 101)
    }
  }
}

type Countries = World["countries"]

/** Who has which value of a relation now. */
const redrawnValues = (countries: Countries, relation: CountryRelation, seed: number): ReadonlyMap<string, string> => {
  const held = countries.flatMap(({ facts, name }) => {
    const value = facts[relation]
    return value === undefined ? [] : [{ name, value }]
  })
  const values = held.map(({ value }) => value)
  return paired(
    held.map(({ name }) => name),
    shuffled(values, seed, countryRelations.indexOf(relation))
  )
}

/** Borders under other names: the map stays, the countries on it trade places. */
const redrawnBorders = (countries: Countries, seed: number): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = countries.map(({ name }) => name)
  const nowCalled = paired(names, shuffled(names, seed, countryRelations.indexOf("neighbour")))
  const called = (name: string) => nowCalled.get(name) ?? name
  return new Map(countries.map(({ borders, name }) => [called(name), borders.map(called)]))
}

const redrawnCodes = (codes: ReadonlyMap<string, string>, seed: number, label: number): ReadonlyMap<string, string> =>
  paired([...codes.keys()], shuffled([...codes.values()], seed, label))

const paired = (names: ReadonlyArray<string>, values: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(
    names.flatMap((name, place) => {
      const value = values[place]
      return value === undefined ? [] : [[name, value]]
    })
  )

/** What a relation leads to from a country, currency or language; undefined when nothing, or no single thing. */
export const valueIn = (world: World, relation: Relation, subject: string): string | undefined => {
  if (relation === "currencyCode" || relation === "languageCode") return world.codes[relation].get(subject)
  return world.countries.find(({ name }) => name === subject)?.facts[relation]
}

const only = (values: ReadonlyArray<string>): string | undefined => (values.length === 1 ? values[0] : undefined)

const factsOf = (find: (relation: CountryRelation) => string | undefined): Facts => {
  const facts: Partial<Record<CountryRelation, string>> = {}
  for (const relation of countryRelations) {
    const value = find(relation)
    if (value !== undefined && value !== "") facts[relation] = value
  }
  return facts
}
