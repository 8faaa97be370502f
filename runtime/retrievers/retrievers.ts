import { Effect, Layer } from "effect"
import { Retriever, unknownRetriever } from "../../actors/retrieval/retriever.ts"
import type { RetrieverSettings } from "../../config/rollout.ts"
import { loadBm25 } from "./bm25Retriever.ts"
import { connectRetriever } from "./retrieverServer.ts"

/** A retriever that is ready to search. */
export interface LoadedRetriever {
  readonly name: string
  /** The same fingerprint means the same documents for the same query. */
  readonly fingerprint: string
  /** Documents it searches, where it knows. */
  readonly documents?: number
  readonly search: Retriever["Service"]["search"]
}

/** Makes the configured retriever ready: reads and indexes the corpus, or takes the address of a server. */
export const loadRetriever = (settings: RetrieverSettings) =>
  settings.kind === "bm25" ? loadBm25(settings) : connectRetriever(settings)

/** The `Retriever` service over the loaded retrievers; a name that is not among them is refused. */
export const retrieverLayer = (retrievers: ReadonlyArray<LoadedRetriever>): Layer.Layer<Retriever> =>
  Layer.succeed(
    Retriever,
    Retriever.of({
      search: (request) =>
        retrievers.find(({ name }) => name === request.retriever)?.search(request) ??
        Effect.fail(
          unknownRetriever(
            request.retriever,
            retrievers.map(({ name }) => name)
          )
        )
    })
  )
