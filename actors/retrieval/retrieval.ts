import { Duration, Effect } from "effect"
import type { EventOf } from "../../events/envelope.ts"
import { defineActor } from "../actor.ts"
import { appendResults, type Found, isEmptyQuery, nothingFound } from "./appendResults.ts"
import { type RetrievalError, Retriever } from "./retriever.ts"

/** Executes the agent's queries: each `QueryIssued` becomes one `DocumentsRetrieved` with the results in the transcript. */
export const retrieval = defineActor({
  name: "retrieval",
  version: "1",
  consumes: ["QueryIssued"],
  handle: (event) => Effect.map(search(event.data), (found) => [appendResults(event, found)])
})

const search = Effect.fnUntraced(function* ({
  query,
  settings: { retriever, topK }
}: EventOf<"QueryIssued">["data"]): Effect.fn.Return<Found, RetrievalError, Retriever> {
  if (isEmptyQuery(query)) return nothingFound
  const retrievers = yield* Retriever
  const [took, found] = yield* Effect.timed(retrievers.search({ retriever, query, topK }))
  return { ...found, latencyMs: Duration.toMillis(took) }
})
