import { Context, type Effect, Schema } from "effect"
import type { Document } from "../../events/shapes.ts"
import { serverAway, serverFailure, serverFailureReasons } from "../serverFailure.ts"

export interface SearchRequest {
  /** The retriever's name in the configuration. */
  readonly retriever: string
  /** Not empty. */
  readonly query: string
  /** Documents wanted, at most. */
  readonly topK: number
}

export interface SearchResult {
  /** Best first. */
  readonly documents: ReadonlyArray<Document>
  /** Identifies what was searched: the same fingerprint means the same documents for the same query. Empty when unknown. */
  readonly fingerprint: string
}

/**
 * Thrown when a search gave no documents to go on with: `unknown-retriever` (no such name in the configuration), or what its
 * server did.
 */
export class RetrievalError extends Schema.TaggedError<RetrievalError>()("RetrievalError", {
  retriever: Schema.String,
  reason: Schema.Literals(["unknown-retriever", ...serverFailureReasons]),
  ...serverFailure
}) {
  get outage(): string | undefined {
    return serverAway(`retriever "${this.retriever}"`, this)
  }

  override get message(): string {
    return `retriever "${this.retriever}": ${this.reason}: ${this.detail}`
  }
}

/** The error for a name that the configuration lacks; it lists the names that it has. */
export const unknownRetriever = (retriever: string, known: ReadonlyArray<string>): RetrievalError =>
  new RetrievalError({
    retriever,
    reason: "unknown-retriever",
    detail: `the configuration names ${known.length === 0 ? "no retriever" : known.join(", ")}`,
    retryable: false
  })

/** The retrievers an actor may search with, each by its name in the configuration. */
export class Retriever extends Context.Service<
  Retriever,
  { readonly search: (request: SearchRequest) => Effect.Effect<SearchResult, RetrievalError> }
>()("smartsearch/actors/Retriever") {}
