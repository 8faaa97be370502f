import { oneOf } from "./lot.ts"
import type { DescribingRelation, Relation, Step } from "./relations.ts"

/** The sentence that tells what a step leads to, in one of its wordings. */
export const sentenceOf = (step: Step, known: string, value: string, lot: number): string => {
  const wordings = step.direction === "forward" ? forward[step.relation] : backward[step.relation]
  return oneOf(wordings, lot)(known, value)
}

type Sentence = (known: string, value: string) => string
type Wordings = readonly [Sentence, ...ReadonlyArray<Sentence>]

// What is known always stands before what is told, as in an encyclopedia's first sentence.

const forward: Readonly<Record<Relation, Wordings>> = {
  capital: [
    (known, value) => `The capital of ${known} is ${value}.`,
    (known, value) => `The capital city of ${known} is called ${value}.`
  ],
  currency: [
    (known, value) => `The currency of ${known} is the ${value}.`,
    (known, value) => `The official currency of ${known} is called ${value}.`
  ],
  language: [
    (known, value) => `The language of ${known} is ${value}.`,
    (known, value) => `The official language of ${known} is called ${value}.`
  ],
  region: [
    (known, value) => `The region of ${known} is ${value}.`,
    (known, value) => `The region in which ${known} lies is ${value}.`
  ],
  people: [
    (known, value) => `The people of ${known} are called ${value}.`,
    (known, value) => `All people of ${known} are known as ${value}.`
  ],
  // No full stop after a value that would be another one with it.
  domain: [
    (known, value) => `The internet domain of ${known} is ${value}`,
    (known, value) => `The internet domain reserved for websites of ${known} is ${value}`
  ],
  callingCode: [
    (known, value) => `The calling code of ${known} is ${value}`,
    (known, value) => `The international calling code of ${known} is ${value}`
  ],
  neighbour: [
    (known, value) => `The only neighbour of ${known} is ${value}.`,
    (known, value) => `The only neighbour with a land border to ${known} is ${value}.`
  ],
  currencyCode: [
    (known, value) => `The code of the ${known} currency is ${value}.`,
    (known, value) => `The international code of the ${known} currency is ${value}.`
  ],
  languageCode: [
    (known, value) => `The code of the ${known} language is ${value}.`,
    (known, value) => `The international code of the ${known} language is ${value}.`
  ]
}

const backward: Readonly<Record<DescribingRelation, Wordings>> = {
  capital: [
    (known, value) => `The city of ${known} is the capital of ${value}.`,
    (known, value) => `The city named ${known} serves as capital of ${value}.`
  ],
  currency: [
    (known, value) => `The currency named ${known} is used in ${value}.`,
    (known, value) => `The currency called ${known} is money in ${value}.`
  ],
  language: [
    (known, value) => `The language named ${known} is spoken in ${value}.`,
    (known, value) => `The language called ${known} is official in ${value}.`
  ],
  people: [
    (known, value) => `The people called ${known} live in ${value}.`,
    (known, value) => `The people known as ${known} are at home in ${value}.`
  ],
  domain: [
    (known, value) => `The internet domain ${known} belongs to ${value}.`,
    (known, value) => `The internet domain ${known} is that of ${value}.`
  ],
  callingCode: [
    (known, value) => `The calling code ${known} belongs to ${value}.`,
    (known, value) => `The calling code ${known} is dialled for ${value}.`
  ]
}
