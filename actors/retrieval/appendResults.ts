import { contextOf } from "../../events/context.ts"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import type { Document, Round } from "../../events/shapes.ts"
import { renderResults, tags } from "../../method/protocol.ts"
import { identified } from "./documentIdentity.ts"

/** What a search brought, and how long it took. */
export interface Found {
  readonly documents: ReadonlyArray<Document>
  readonly fingerprint: string
  readonly latencyMs: number
}

/**
 * What the agent reads in place of documents when it searched for nothing. The original system's retriever refuses an empty
 * query as a bad request; here the trajectory goes on and says why there is no result.
 */
export const emptyQueryNotice = "The query is empty, so nothing was searched for."

/** Nothing to search for is nothing found: no retriever is asked. */
export const nothingFound: Found = { documents: [], fingerprint: "", latencyMs: 0 }

export const isEmptyQuery = (query: string): boolean => query.trim() === ""

/** The trajectory with one query executed: its results follow in the transcript, and its round is on record. */
export const appendResults = ({ data }: EventOf<"QueryIssued">, found: Found): NewEvent => {
  const documents = found.documents.map(identified)
  const results = renderResults(
    isEmptyQuery(data.query) ? [emptyQueryNotice] : documents.map(({ contents }) => contents)
  )
  const resultStart = data.transcript.length
  const round: Round = {
    round: data.round,
    queryId: data.queryId,
    query: data.query,
    kind: "issued",
    queryEnd: data.queryEnd,
    resultStart,
    resultEnd: resultStart + results.lastIndexOf(tags.result.close) + tags.result.close.length,
    documentIds: documents.map(({ id }) => id)
  }
  return {
    type: "DocumentsRetrieved",
    subject: data.queryId,
    data: {
      ...contextOf(data),
      transcript: data.transcript + results,
      rounds: [...data.rounds, round],
      turns: data.turns,
      round: data.round,
      queryId: data.queryId,
      query: data.query,
      documents,
      earlierDocumentIds: [...new Set(data.rounds.flatMap(({ documentIds }) => documentIds))],
      retriever: { name: data.settings.retriever, fingerprint: found.fingerprint },
      latencyMs: found.latencyMs,
      pending: data.pending
    }
  }
}
