import { Effect } from "effect"
import type { EventOf } from "../../events/envelope.ts"
import type { Document } from "../../events/shapes.ts"
import { titleOf } from "../../method/document.ts"
import { type Actor, defineActor } from "../actor.ts"
import { type QueryScore, queryScored } from "../queryScore.ts"

const version = "evidence-1"

/**
 * A judge of usefulness that asks no model: a query is useful when it brings a gold passage of its question that no earlier
 * round had. For data sets that name the passages their questions rest on; other questions stay unscored by it.
 *
 * Its words name documents that were retrieved, never a gold passage that was not: they reach the refiner.
 */
export const evidenceJudge: Actor<"DocumentsRetrieved", never> = defineActor({
  name: "reward-judge",
  version,
  consumes: ["DocumentsRetrieved"],
  handle: (event) => Effect.succeed([queryScored(event, usefulnessOf(event))])
})

const scorer = { name: "usefulness", version }

const usefulnessOf = ({ data }: EventOf<"DocumentsRetrieved">): QueryScore => {
  const passageIds = data.question.evidence?.passageIds ?? []
  if (passageIds.length === 0) {
    const explanation = "The question comes without gold passages, so whether the results help it is not known."
    return { scorer, result: { kind: "unparsed" }, explanation, evidence: {} }
  }
  const gold = data.documents.filter(({ id }) => passageIds.includes(id))
  const fresh = gold.filter(({ id }) => !data.earlierDocumentIds.includes(id))
  return {
    scorer,
    result: { kind: "value", score: fresh.length > 0 ? 1 : 0 },
    explanation: explain(data.documents, gold, fresh),
    evidence: { gold: { retrieved: idsOf(gold), fresh: idsOf(fresh) } }
  }
}

const explain = (
  documents: ReadonlyArray<Document>,
  gold: ReadonlyArray<Document>,
  fresh: ReadonlyArray<Document>
): string => {
  if (fresh.length > 0)
    return `The results hold ${titles(fresh)}, which the question needs and no earlier round had found.`
  if (gold.length > 0) {
    return `Of the results, the question needs only ${titles(gold)}, which an earlier round had already found.`
  }
  return documents.length === 0
    ? "The query found no document."
    : `None of the results helps to answer the question: ${titles(documents)}.`
}

const titles = (documents: ReadonlyArray<Document>): string =>
  [...new Set(documents.map(({ contents }) => `"${titleOf(contents)}"`))].join(", ")

const idsOf = (documents: ReadonlyArray<Document>): ReadonlyArray<string> => [...new Set(documents.map(({ id }) => id))]
