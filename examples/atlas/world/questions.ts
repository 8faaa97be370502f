import { holdersOf, passageId } from "./passages.ts"
import {
  type BackwardStep,
  type CodeRelation,
  type CountryRelation,
  type DescribingRelation,
  describingRelations,
  type ForwardStep,
  queryOf,
  type Relation,
  type Step
} from "./relations.ts"
import { questionText } from "./wordings.ts"
import { valueIn, type World } from "./world.ts"

/** A step of a question in a world: what is known before it, where it is written, and what is known then. */
export type Hop = Step & {
  readonly known: string
  readonly value: string
  /** Id of the passage that tells it. */
  readonly passage: string
  readonly query: string
}

/** A question with the way to its answer. */
export interface AtlasQuestion {
  readonly id: string
  /** The steps it is made of, e.g. `capital<>currency>currencyCode`: questions of one type differ in their entity alone. */
  readonly type: string
  /** What the question starts from. */
  readonly entity: string
  readonly question: string
  readonly hops: ReadonlyArray<Hop>
  readonly answer: string
}

/** A kind of question: from an entity over one to three steps to the answer. */
export interface QuestionType {
  /** `relation<` for a step back to the country, `>relation` for one on from there. */
  readonly name: string
  readonly steps: readonly [Step, ...ReadonlyArray<Step>]
}

const back = (relation: DescribingRelation): BackwardStep => ({ relation, direction: "backward" })
const on = (relation: Relation): ForwardStep => ({ relation, direction: "forward" })

const asked = ["capital", "currency", "language", "region", "people", "domain", "callingCode"] as const
const coded = [
  ["currency", "currencyCode"],
  ["language", "languageCode"]
] as const satisfies ReadonlyArray<readonly [CountryRelation, CodeRelation]>

const typeOf = (...steps: QuestionType["steps"]): QuestionType => ({
  name: steps.map(({ direction, relation }) => (direction === "backward" ? `${relation}<` : `>${relation}`)).join(""),
  steps
})

/** All kinds of questions, those of one step first. */
export const questionTypes: ReadonlyArray<QuestionType> = [
  ...asked.map((relation) => typeOf(on(relation))),
  ...describingRelations.map((relation) => typeOf(back(relation))),
  ...describingRelations.flatMap((start) =>
    asked.filter((relation) => relation !== start).map((relation) => typeOf(back(start), on(relation)))
  ),
  ...coded.map(([relation, code]) => typeOf(on(relation), on(code))),
  ...asked.map((relation) => typeOf(on("neighbour"), on(relation))),
  ...describingRelations.flatMap((start) =>
    coded
      .filter(([relation]) => relation !== start)
      .map(([relation, code]) => typeOf(back(start), on(relation), on(code)))
  ),
  ...describingRelations.flatMap((start) =>
    asked.filter((relation) => relation !== start).map((relation) => typeOf(back(start), on("neighbour"), on(relation)))
  )
]

/** Kinds that nobody is trained on: each of their steps is known from others, their combination is not. */
export const unseenTypes: ReadonlySet<string> = new Set([
  "people<>capital",
  "domain<>language",
  "callingCode<>currency>currencyCode",
  "capital<>language>languageCode"
])

/** Every question of a kind in a world; none for an entity whose way ends, or turns back to it. */
export const questionsOf = (world: World, type: QuestionType): ReadonlyArray<AtlasQuestion> =>
  startsOf(world, type).flatMap((entity) => {
    const hops = walk(world, type, entity)
    const answer = hops.at(-1)?.value
    if (hops.length < type.steps.length || answer === undefined || answer === entity) return []
    const id = `${type.name}:${entity.replaceAll(" ", "_")}`
    return [{ id, type: type.name, entity, question: questionText(type.steps, entity, id), hops, answer }]
  })

/** What the first step can be taken from: back only from a value that one country alone has. */
const startsOf = (world: World, { steps: [first] }: QuestionType): ReadonlyArray<string> => {
  if (first.direction === "forward") return world.countries.map(({ name }) => name)
  const holders = holdersOf(world, first.relation)
  return [...holders].flatMap(([value, those]) => (those.length === 1 ? [value] : []))
}

const walk = (world: World, { steps }: QuestionType, entity: string): ReadonlyArray<Hop> => {
  const hops: Array<Hop> = []
  let known = entity
  for (const step of steps) {
    const value = follow(world, step, known)
    if (value === undefined) break
    hops.push({ ...step, known, value, passage: passageId(step, known), query: queryOf(step, known) })
    known = value
  }
  return hops
}

const follow = (world: World, { direction, relation }: Step, known: string): string | undefined =>
  direction === "forward"
    ? valueIn(world, relation, known)
    : world.countries.find(({ facts }) => facts[relation] === known)?.name
