import { lotOf, oneOf } from "./lot.ts"
import type { DescribingRelation, Relation, Step } from "./relations.ts"

/** The question that takes these steps from an entity, in one of its wordings, which its id chooses. */
export const questionText = (steps: readonly [Step, ...ReadonlyArray<Step>], entity: string, id: string): string => {
  const lot = lotOf(`wording ${id}`)
  const [first, ...others] = steps
  const start = first.direction === "backward" ? oneOf(described[first.relation], Math.floor(lot / 7))(entity) : entity
  const last = others.at(-1)
  if (last === undefined && first.direction === "backward") return `What is ${start}?`
  const middle = first.direction === "backward" ? others.slice(0, -1) : steps.slice(0, -1)
  const subject = middle.reduce((so, { relation }) => `the ${nouns[relation]} of ${so}`, start)
  return oneOf(wanted[(last ?? first).relation], lot)(subject)
}

type Wording = (known: string) => string
type Wordings = readonly [Wording, ...ReadonlyArray<Wording>]

/** A country by what is known of it. */
const described: Readonly<Record<DescribingRelation, Wordings>> = {
  capital: [
    (known) => `the country whose capital is ${known}`,
    (known) => `the country that is governed from ${known}`
  ],
  currency: [
    (known) => `the country whose currency is the ${known}`,
    (known) => `the country that pays with the ${known}`
  ],
  language: [(known) => `the country whose language is ${known}`, (known) => `the country where people speak ${known}`],
  people: [
    (known) => `the country whose people are called ${known}`,
    (known) => `the home country of the ${known} people`
  ],
  domain: [
    (known) => `the country with the internet domain ${known}`,
    (known) => `the country whose websites end in ${known}`
  ],
  callingCode: [
    (known) => `the country with the calling code ${known}`,
    (known) => `the country that is phoned with ${known}`
  ]
}

/** What lies between the start and the last step. */
const nouns: Readonly<Record<Relation, string>> = {
  capital: "capital",
  currency: "currency",
  language: "language",
  region: "region",
  people: "people",
  domain: "internet domain",
  callingCode: "calling code",
  neighbour: "only neighbour",
  currencyCode: "code",
  languageCode: "code"
}

/** Questions for the value of a relation. */
const wanted: Readonly<Record<Relation, Wordings>> = {
  capital: [(known) => `What is the capital of ${known}?`, (known) => `Which city is the capital of ${known}?`],
  currency: [(known) => `What is the currency of ${known}?`, (known) => `Which currency is used in ${known}?`],
  language: [(known) => `What is the language of ${known}?`, (known) => `Which language is spoken in ${known}?`],
  region: [(known) => `In which region is ${known}?`, (known) => `Which region does ${known} belong to?`],
  people: [
    (known) => `What are the people of ${known} called?`,
    (known) => `By which name do the people of ${known} go?`
  ],
  domain: [
    (known) => `What is the internet domain of ${known}?`,
    (known) => `Which internet domain do websites of ${known} end in?`
  ],
  callingCode: [
    (known) => `What is the calling code of ${known}?`,
    (known) => `Which calling code does ${known} have?`
  ],
  neighbour: [(known) => `What is the only neighbour of ${known}?`],
  currencyCode: [(known) => `What is the code of ${known}?`, (known) => `Which code does ${known} have?`],
  languageCode: [(known) => `What is the code of ${known}?`, (known) => `Which code does ${known} have?`]
}
