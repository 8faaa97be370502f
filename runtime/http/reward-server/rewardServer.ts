import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ByteSize, Effect } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { GenerationError } from "../../../actors/languageModel.ts"
import { type ApiError, errorResponse, internalError, unavailable } from "../model-server/apiError.ts"
import { noRoute } from "../model-server/noRoute.ts"
import { readBody } from "../model-server/requestBody.ts"
import { type Rewarding, scoreSolution } from "./scoreSolution.ts"
import { RewardRequest } from "./solution.ts"

export interface RewardServerOptions {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** Largest body of a request, in bytes. */
  readonly maxBody: number
}

/** Solutions of one request that are judged at the same time. */
const concurrency = 32

/**
 * Serves rewards for as long as the scope lives: `POST /reward` takes a solution or a list of them and answers with its reward
 * and what that is made of, or with the list of these; `GET /health` says who scores.
 *
 * A judge that is away is told with 503, so that the trainer asks again. Gives the server's address.
 */
export const serveRewards = Effect.fnUntraced(function* (rewarding: Rewarding, options: RewardServerOptions) {
  const { host, maxBody, port } = options
  const routes = [
    HttpRouter.route("POST", "/reward", toResponse(reward(rewarding))),
    HttpRouter.route("GET", "/health", HttpServerResponse.jsonUnsafe(health(rewarding)))
  ] as const
  const router = yield* HttpRouter.make
  yield* router.addAll([...routes, HttpRouter.route("*", "*", toResponse(noRoute(routes)))])
  const server = yield* NodeHttpServer.make(createServer, { host, port, gracefulShutdownTimeout: "5 seconds" })
  yield* server
    .serve(router.asHttpEffect())
    .pipe(Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(maxBody)))
  return HttpServer.formatAddress(server.address)
})

const health = ({ judge, rules }: Rewarding) => ({
  status: "ok",
  combine: rules.combination.scorers,
  scorers: judge === undefined ? ["novelty"] : ["novelty", "usefulness"]
})

const reward = Effect.fnUntraced(function* (rewarding: Rewarding) {
  const body = yield* readBody(RewardRequest)
  if ("solution" in body) return HttpServerResponse.jsonUnsafe(yield* scoreSolution(body, rewarding, ""))
  const replies = yield* Effect.forEach(body, (solution, index) => scoreSolution(solution, rewarding, `[${index}].`), {
    concurrency
  })
  return HttpServerResponse.jsonUnsafe(replies)
})

const toResponse = <R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError | GenerationError, R>) =>
  answer.pipe(
    Effect.catchTag("GenerationError", ({ message, retryable }) =>
      Effect.fail(retryable ? unavailable(message, "judge_unavailable") : internalError(message))
    ),
    Effect.catchDefect((defect) =>
      Effect.andThen(
        Effect.logError(defect instanceof Error ? (defect.stack ?? defect.message) : String(defect)),
        Effect.fail(internalError("the server failed at this request; its log says why"))
      )
    ),
    Effect.catch((error) => Effect.succeed(errorResponse(error)))
  )
