import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ByteSize, Clock, type Duration, Effect, Metric, type Redacted } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest } from "effect/http"
import type { GenerationEngine } from "../../models/onnx/generationEngine.ts"
import { requireKey } from "./access.ts"
import { measured, withTimeToFirstToken } from "./metrics.ts"
import { noRoute, routeNamed } from "./noRoute.ts"
import { routesOf, toResponse } from "./routes.ts"
import { makeTraffic } from "./traffic.ts"

export interface ModelServerOptions {
  /** What clients call the model. */
  readonly name: string
  /** The folder the engine was opened from. */
  readonly folder: string
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** Largest body of a request, in bytes. */
  readonly maxBody: number
  /** How long requests that run may take when the server stops. */
  readonly grace: Duration.Input
  /** The bearer token that requests must bring. */
  readonly apiKey?: Redacted.Redacted
}

/**
 * Serves a model over HTTP for as long as the scope lives: SGLang's `/generate`, OpenAI's completions and chat.
 *
 * When the scope closes, new requests get 503, and those that run have the grace period to end; what runs then still is
 * interrupted. A client that goes away interrupts its request.
 *
 * Gives the server's address; fails with `ServeError` when it can't be had.
 */
export const serveModel = Effect.fnUntraced(function* (engine: GenerationEngine, options: ModelServerOptions) {
  const traffic = yield* makeTraffic
  const since = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const { folder, name } = options
  const routes = routesOf(
    { engine: withTimeToFirstToken(engine), name, folder, since },
    { admit: traffic.admit, guard: requireKey(options.apiKey) }
  )
  const router = yield* HttpRouter.make
  yield* router.addAll(routes)

  const { host, port } = options
  // By the time its scope closes nobody is to be waited for any more: that was done before, while new requests got an answer.
  const server = yield* NodeHttpServer.make(createServer, { host, port, gracefulShutdownTimeout: 0 })
  const answer = Effect.catch(router.asHttpEffect(), () => toResponse(noRoute(routes)))
  const measure = measured(routeNamed(routes))
  yield* server
    .serve(answer, (answering) => traffic.count(measure(answering)))
    .pipe(
      Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(options.maxBody)),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  yield* Effect.addFinalizer(() => Effect.timeoutOption(traffic.drain, options.grace))
  return HttpServer.formatAddress(server.address)
})
