import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Duration, Effect, type Scope } from "effect"
import { type AttemptFailure, brokenOff, timedOut, unreachable, unsendable } from "./httpFailure.ts"

/** A reply that came whole, whatever its status. */
export interface HttpReply {
  readonly status: number
  /** The header of that name. */
  readonly retryAfter: string | undefined
  readonly body: string
}

/** Sends a body and waits for the whole reply. Interrupting it cuts the connection. */
export type Post = (body: string) => Effect.Effect<HttpReply, AttemptFailure>

const utf8 = new TextEncoder()

/** A plain timer: a fiber that sleeps beside each request would cost more than the request. */
const after = (time: Duration.Duration, run: () => void): NodeJS.Timeout => setTimeout(run, Duration.toMillis(time))

/**
 * JSON requests to one address, over connections that are kept for as long as the scope lives.
 *
 * Undici gets a handler of its own for each request, and no `HttpClient` lies between: calling models is a third of the work
 * of a host, and three quarters of that were response streams, abort signals and wrapped requests that nobody here needs.
 *
 * @param timeout until the last byte of the reply
 */
export const makePost = (
  url: string,
  headers: Readonly<Record<string, string>>,
  timeout: Duration.Duration
): Effect.Effect<Post, never, Scope.Scope> =>
  Effect.map(NodeHttpClient.makeDispatcher, (dispatcher) => {
    const { origin, pathname, search } = new URL(url)
    const request = {
      origin,
      path: pathname + search,
      method: "POST",
      headers: { ...headers, "content-type": "application/json", accept: "application/json" },
      // Undici's own time-outs are coarse, and none of them is for the whole.
      headersTimeout: 0,
      bodyTimeout: 0
    } as const

    return (body) =>
      Effect.callback((resume) => {
        const chunks: Array<Uint8Array> = []
        let head: Omit<HttpReply, "body"> | undefined
        let abort: ((reason: Error) => void) | undefined
        let over = false

        const end = (result: Effect.Effect<HttpReply, AttemptFailure>) => {
          if (over) return
          over = true
          clearTimeout(timer)
          resume(result)
        }
        const fail = (failure: AttemptFailure) => end(Effect.fail(failure))
        const timer = after(timeout, () => {
          fail(timedOut(timeout))
          abort?.(new Error("timed out"))
        })

        dispatcher.dispatch(
          // As text, Undici would measure it first and then encode it, each time letter by letter.
          { ...request, body: utf8.encode(body) },
          {
            onRequestStart: (controller) => {
              abort = (reason) => controller.abort(reason)
              if (over) abort(new Error("given up before it began"))
            },
            onResponseStart: (_, status, { "retry-after": retryAfter }) => {
              head = { status, retryAfter: typeof retryAfter === "string" ? retryAfter : retryAfter?.[0] }
            },
            onResponseData: (_, chunk) => void chunks.push(chunk),
            onResponseEnd: () => {
              if (head !== undefined) end(Effect.succeed({ ...head, body: Buffer.concat(chunks).toString() }))
            },
            onResponseError: (_, error) => {
              if (head !== undefined) fail(brokenOff(error))
              else fail(error.name === "InvalidArgumentError" ? unsendable(error) : unreachable(error))
            }
          }
        )
        return Effect.sync(() => {
          over = true
          clearTimeout(timer)
          abort?.(new Error("interrupted"))
        })
      })
  })
