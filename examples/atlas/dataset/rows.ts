import { type AtlasQuestion, unseenTypes } from "../world/questions.ts"
import type { Split } from "./splits.ts"

/** A row of a questions file. */
export interface Row {
  readonly id: string
  readonly question: string
  readonly golden_answers: ReadonlyArray<string>
  readonly metadata: {
    readonly split: Split
    /** Whether what it asks for is what is the case, or redrawn. */
    readonly world: "true" | "counterfactual"
    readonly type: string
    readonly hops: number
    readonly entity: string
    /** Whether its kind is in no other split. */
    readonly unseen: boolean
    /** In a counterfactual world: the answer in the true one, where the question exists there. */
    readonly true_answer?: string
    readonly supporting_titles: ReadonlyArray<string>
    readonly gold_passage_ids: ReadonlyArray<string>
    readonly decomposition: ReadonlyArray<{
      readonly question: string
      readonly answer: string
      readonly support_passage_id: string
    }>
  }
}

/** A question as a row; with the answers of the true world by question, it is one of a counterfactual world. */
export const rowOf = (
  { answer, entity, hops, id, question, type }: AtlasQuestion,
  split: Split,
  trueAnswers?: ReadonlyMap<string, string>
): Row => {
  const trueAnswer = trueAnswers?.get(id)
  return {
    id,
    question,
    golden_answers: [answer],
    metadata: {
      split,
      world: trueAnswers === undefined ? "true" : "counterfactual",
      type,
      hops: hops.length,
      entity,
      unseen: unseenTypes.has(type),
      ...(trueAnswer === undefined ? {} : { true_answer: trueAnswer }),
      supporting_titles: hops.map(({ known }) => known),
      gold_passage_ids: hops.map(({ passage }) => passage),
      decomposition: hops.map(({ passage, query, value }) => ({
        question: query,
        answer: value,
        support_passage_id: passage
      }))
    }
  }
}
