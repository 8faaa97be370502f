import { Duration, Effect, Schedule, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import { RetrievalError, type SearchRequest } from "../../actors/retrieval/retriever.ts"
import type { Document } from "../../events/shapes.ts"
import { away } from "../models/httpFailure.ts"
import type { LoadedRetriever } from "./retrievers.ts"

/** `POST /search` answers a list of documents, or documents and scores side by side. */
const Found = Schema.Struct({ id: Schema.Union([Schema.String, Schema.Int]), contents: Schema.String })
const Scored = Schema.Tuple([Schema.Array(Found), Schema.Array(Schema.Finite)])
const Reply = Schema.Union([Scored, Schema.Array(Found)])
const decodeReply = Schema.decodeUnknownEffect(Reply)

const name = "server"

/** A FlashRAG-style retriever over HTTP. What it searches is not known, so it has no fingerprint but its address. */
export const connectRetriever = (settings: {
  readonly url: string
  readonly timeout: Duration.Duration
  readonly retries: number
}): Effect.Effect<LoadedRetriever, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const address = settings.url.replace(/\/$/, "")
    const fail = (reason: RetrievalError["reason"], detail: string, retryable = true) =>
      new RetrievalError({ retriever: name, reason, detail, retryable, server: address })

    const ask = Effect.fnUntraced(function* ({ query, topK }: SearchRequest) {
      const request = HttpClientRequest.post(`${address}/search`).pipe(
        HttpClientRequest.bodyJsonUnsafe({ query, top_n: topK, return_score: true })
      )
      const response = yield* client
        .execute(request)
        .pipe(
          Effect.mapError((error: HttpClientError.HttpClientError) =>
            fail("unreachable", `${address}: ${error.message}`)
          )
        )
      if (response.status === 429) return yield* fail("rate-limited", `${address} answered 429`)
      if (away.includes(response.status)) return yield* fail("overloaded", `${address} answered ${response.status}`)
      if (response.status >= 500) return yield* fail("server-error", `${address} answered ${response.status}`)
      if (response.status >= 400) return yield* fail("rejected", `${address} answered ${response.status}`, false)
      const reply = yield* response.json.pipe(
        Effect.flatMap(decodeReply),
        Effect.mapError((error) => fail("malformed", `${address}: ${String(error)}`))
      )
      return { documents: documentsOf(reply), fingerprint: address }
    })

    return {
      name,
      fingerprint: address,
      search: (request) =>
        ask(request).pipe(
          Effect.timeoutOrElse({
            duration: settings.timeout,
            orElse: () =>
              Effect.fail(fail("timeout", `${address} did not answer in ${Duration.format(settings.timeout)}`))
          }),
          Effect.retry({
            times: settings.retries,
            while: (error) => error.retryable,
            schedule: Schedule.exponential("250 millis").pipe(Schedule.jittered)
          })
        )
    }
  })

const isScored = (reply: typeof Reply.Type): reply is typeof Scored.Type => Array.isArray(reply[0])

const documentsOf = (reply: typeof Reply.Type): ReadonlyArray<Document> => {
  if (!isScored(reply)) return reply.map(({ id, contents }) => ({ id: String(id), contents }))
  const [found, scores] = reply
  return found.map(({ id, contents }, index) => ({ id: String(id), contents, score: scores[index] ?? 0 }))
}
