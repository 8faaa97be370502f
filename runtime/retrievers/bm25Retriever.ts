import { Effect, type FileSystem } from "effect"
import { buildBm25 } from "../../actors/retrieval/bm25/bm25.ts"
import { type CorpusError, readCorpus } from "../../actors/retrieval/corpus.ts"
import { type ConfigError, unreadable } from "../../config/problems.ts"
import type { LoadedRetriever } from "./retrievers.ts"

/** BM25 over a corpus file, in memory. The fingerprint is that of the file, so another corpus never passes for this one. */
export const loadBm25 = (settings: {
  readonly corpus: string
  readonly k1: number
  readonly b: number
}): Effect.Effect<LoadedRetriever, CorpusError | ConfigError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const corpus = yield* readCorpus(settings.corpus).pipe(
      Effect.catchTag("PlatformError", (error) => Effect.fail(unreadable(settings.corpus)(error)))
    )
    const index = buildBm25(corpus, { k1: settings.k1, b: settings.b })
    const fingerprint = index.fingerprint
    return {
      name: "bm25",
      fingerprint,
      documents: corpus.documents.length,
      search: ({ query, topK }) =>
        Effect.sync(() => ({
          documents: index.search(query, topK).map(({ id, contents, score }) => ({ id, contents, score })),
          fingerprint
        }))
    }
  })
