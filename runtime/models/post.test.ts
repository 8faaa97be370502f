import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber } from "effect"
import { makePost } from "./post.ts"

/** A server that leaves answering to `onRequest`, with a post connected to it. */
const start = (onRequest: (response: ServerResponse) => void, timeout: Duration.Input = "5 seconds") =>
  Effect.gen(function* () {
    const server = createServer((request, response) => {
      request.resume()
      onRequest(response)
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => void server.close().closeAllConnections())
    )
    const { port } = server.address() as AddressInfo // It listens at a port, not at a path.
    return yield* makePost(`http://127.0.0.1:${port}/generate`, {}, Duration.fromInputUnsafe(timeout))
  })

describe("a request", () => {
  it.live("gets its reply whole, however it was cut into pieces", () =>
    Effect.gen(function* () {
      const euro = Buffer.from("€")
      const post = yield* start((response) => {
        response.writeHead(429, { "retry-after": "7" }).write(euro.subarray(0, 1))
        setImmediate(() => response.end(euro.subarray(1)))
      })
      assert.deepStrictEqual(yield* post("{}"), { status: 429, retryAfter: "7", body: "€" })
    })
  )

  it.live("that is interrupted cuts its connection", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const cut = yield* Deferred.make<void>()
      const post = yield* start((response) => {
        response.on("close", () => Deferred.doneUnsafe(cut, Exit.void))
        Deferred.doneUnsafe(arrived, Exit.void)
      })
      const fiber = yield* Effect.forkChild(post("{}"))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(fiber)
      yield* Effect.timeout(Deferred.await(cut), "2 seconds")
    })
  )

  it.live("whose reply never ends is over at its time-out, and cuts its connection", () =>
    Effect.gen(function* () {
      const cut = yield* Deferred.make<void>()
      const post = yield* start((response) => {
        response.on("close", () => Deferred.doneUnsafe(cut, Exit.void))
        response.writeHead(200).write("{")
      }, "100 millis")
      const failure = yield* Effect.flip(post("{}"))
      assert.deepStrictEqual(failure, { reason: "timeout", detail: "no whole reply within 100ms", retryable: true })
      yield* Effect.timeout(Deferred.await(cut), "2 seconds")
    })
  )
})
