import { hash } from "node:crypto"
import { contentsOf, passagesOf } from "../world/passages.ts"
import { type AtlasQuestion, questionsOf, questionTypes } from "../world/questions.ts"
import type { World } from "../world/world.ts"
import { type Objection, objections } from "./objections.ts"

/** A world as it is published: its passages, and what can be asked of them. */
export interface Edition {
  /** JSON Lines of `{"id", "contents"}`. */
  readonly corpus: string
  /** The questions that nothing speaks against, of each kind in the order of `questionTypes`. */
  readonly questions: ReadonlyArray<ReadonlyArray<AtlasQuestion>>
  /** How many questions there were, those left out included. */
  readonly asked: number
  readonly leftOut: Readonly<Record<Objection, number>>
}

export const editionOf = (world: World): Edition => {
  const documents = passagesOf(world).map((passage) => ({ id: passage.id, contents: contentsOf(passage) }))
  const corpus = jsonLines(documents)
  const objectionTo = objections(world, { documents, fingerprint: hash("sha256", corpus, "hex") })
  const judged = questionTypes.map((type) =>
    questionsOf(world, type).map((question) => ({ question, objection: objectionTo(question) }))
  )
  const countOf = (wanted: Objection) => judged.flat().filter(({ objection }) => objection === wanted).length
  return {
    corpus,
    questions: judged.map((kind) =>
      kind.flatMap(({ objection, question }) => (objection === undefined ? [question] : []))
    ),
    asked: judged.flat().length,
    leftOut: { unfound: countOf("unfound"), unclear: countOf("unclear"), early: countOf("early") }
  }
}

export const jsonLines = (rows: ReadonlyArray<unknown>): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("")
