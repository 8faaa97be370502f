import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { countryRelations } from "./relations.ts"
import { shuffledWorld, trueWorld, valueIn, type World } from "./world.ts"

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))
const few = { arbitrary: { runs: 10 } }

const truth = trueWorld()
const names = truth.countries.map(({ name }) => name)

const factsOf = (world: World, name: string) => world.countries.find((country) => country.name === name)?.facts

describe("trueWorld", () => {
  it("knows what is the case", () => {
    assert.deepStrictEqual(factsOf(truth, "Portugal"), {
      capital: "Lisbon",
      currency: "Euro",
      language: "Portuguese",
      region: "Southern Europe",
      people: "Portuguese",
      domain: ".pt",
      callingCode: "+351",
      neighbour: "Spain"
    })
    assert.strictEqual(valueIn(truth, "currencyCode", "Czech koruna"), "CZK")
    assert.strictEqual(valueIn(truth, "languageCode", "Portuguese"), "por")
  })

  it("leaves out what has several values, and what has none", () => {
    assert.isUndefined(valueIn(truth, "language", "Belgium"))
    assert.isUndefined(valueIn(truth, "neighbour", "France"))
    assert.isUndefined(valueIn(truth, "neighbour", "Iceland"))
    assert.isUndefined(valueIn(truth, "capital", "Atlantis"))
    for (const { facts } of truth.countries) assert.notInclude(Object.values(facts), "")
  })

  it("has names that are taken for each other", () => {
    assert.includeMembers(names, ["Guinea", "Guinea-Bissau", "Equatorial Guinea", "Papua New Guinea"])
    assert.includeMembers(names, ["DR Congo", "Republic of the Congo", "Dominica", "Dominican Republic"])
    const cities = truth.countries.flatMap(({ facts, name }) => (facts.capital === name ? [name] : []))
    assert.includeMembers(cities, ["Djibouti", "Luxembourg", "Monaco", "Singapore"])
  })
})

describe("shuffledWorld", () => {
  it.prop(
    "keeps every relation's values and the countries that have one",
    [Seed],
    ([seed]) => {
      const other = shuffledWorld(truth, seed)
      assert.deepStrictEqual(
        other.countries.map(({ area, name }) => [name, area]),
        truth.countries.map(({ area, name }) => [name, area])
      )
      for (const relation of countryRelations.filter((relation) => relation !== "neighbour")) {
        assert.deepStrictEqual(valuesOf(other, relation).toSorted(), valuesOf(truth, relation).toSorted())
        assert.deepStrictEqual(holdersIn(other, relation), holdersIn(truth, relation))
      }
      for (const relation of ["currencyCode", "languageCode"] as const) {
        assert.deepStrictEqual([...other.codes[relation].keys()], [...truth.codes[relation].keys()])
        assert.sameMembers([...other.codes[relation].values()], [...truth.codes[relation].values()])
      }
    },
    few
  )

  it.prop(
    "keeps the map, with other names on it",
    [Seed],
    ([seed]) => {
      const other = shuffledWorld(truth, seed)
      assert.deepStrictEqual(degrees(other), degrees(truth))
      for (const { borders, facts } of other.countries) {
        assert.strictEqual(facts.neighbour, borders.length === 1 ? borders[0] : undefined)
      }
    },
    few
  )

  it.prop(
    "is the same for the same seed, and another for another",
    [Seed],
    ([seed]) => {
      assert.deepStrictEqual(shuffledWorld(truth, seed), shuffledWorld(truth, seed))
      assert.notDeepEqual(shuffledWorld(truth, seed), shuffledWorld(truth, seed + 1))
    },
    few
  )

  it("changes nothing in the world it starts from, and little is left as it was", () => {
    const other = shuffledWorld(truth, 3)
    assert.deepStrictEqual(truth, trueWorld())
    const kept = names.filter((name) => factsOf(other, name)?.capital === factsOf(truth, name)?.capital)
    assert.isBelow(kept.length, names.length / 20)
  })
})

const valuesOf = (world: World, relation: (typeof countryRelations)[number]) =>
  world.countries.flatMap(({ facts }) => facts[relation] ?? [])

const holdersIn = (world: World, relation: (typeof countryRelations)[number]) =>
  world.countries.flatMap(({ facts, name }) => (facts[relation] === undefined ? [] : [name]))

/** How many neighbours a country and each of its neighbours have, sorted: the same for two maps that differ in names alone. */
const degrees = ({ countries }: World) => {
  const degreeOf = new Map(countries.map(({ borders, name }) => [name, borders.length]))
  return countries
    .map(({ borders }) => [borders.length, ...borders.map((name) => degreeOf.get(name) ?? 0).toSorted()].join(" "))
    .toSorted()
}
