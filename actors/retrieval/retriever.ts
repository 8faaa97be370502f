import { Context, type Effect, Schema } from "effect"
import type { Document } from "../../events/shapes.ts"

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
 * Thrown when a search gave no documents to go on with: `unknown-retriever` (no such name in the configuration),
 * `unreachable`, `timeout`, `rate-limited`, `overloaded` (502, 503, 504, 529), `server-error` (another 5xx), `rejected` (the
 * request itself is wrong) or `malformed` (the reply could not be read).
 *
 * `retryable` says whether the same search may succeed later.
 */
export class RetrievalError extends Schema.TaggedError<RetrievalError>()("RetrievalError", {
  retriever: Schema.String,
  reason: Schema.Literals([
    "unknown-retriever",
    "unreachable",
    "timeout",
    "rate-limited",
    "overloaded",
    "server-error",
    "rejected",
    "malformed"
  ]),
  detail: Schema.String,
  retryable: Schema.Boolean,
  /** Address of its server, where it has one. */
  server: Schema.optionalKey(Schema.String)
}) {
  /** What is away, when the server and not the query is at fault. */
  get outage(): string | undefined {
    const away = ["unreachable", "overloaded", "rate-limited"].includes(this.reason)
    return away ? `retriever "${this.retriever}"${this.server === undefined ? "" : ` at ${this.server}`}` : undefined
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
