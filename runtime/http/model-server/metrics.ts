import { Clock, Effect, Metric, Stream } from "effect"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import type { EngineStats, GenerationEngine } from "../../models/onnx/generationEngine.ts"
import type { ServedModel } from "./servedModel.ts"

/** Upper bounds in seconds, from a token of a small model to a long text of a large one. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

const timeToFirstToken = Metric.histogram("smartsearch_time_to_first_token_seconds", {
  description: "Time from the start of a sequence, waiting included, to its first tokens",
  boundaries
})

const requests = (route: string, status: number) =>
  Metric.counter("smartsearch_http_requests_total", {
    description: "Requests answered; 499 where the client went away",
    attributes: { route, status: String(status) },
    incremental: true
  })

const latency = (route: string) =>
  Metric.histogram("smartsearch_http_request_duration_seconds", {
    description: "Time from a request to the end of its answer",
    attributes: { route },
    boundaries
  })

/** Counts a request and how long it took, under the route that `routeOf` finds for its path. */
export const measured =
  (routeOf: (path: string) => string) =>
  <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const begun = clock.currentTimeMillisUnsafe()
      const { url } = yield* HttpServerRequest.HttpServerRequest
      return yield* Effect.onExit(answer, (exit) => {
        const route = routeOf(url)
        const seconds = (clock.currentTimeMillisUnsafe() - begun) / 1000
        return Effect.andThen(
          Metric.update(requests(route, HttpServerError.exitResponse(exit).status), 1),
          Metric.update(latency(route), seconds)
        )
      })
    })

/** The engine, with the time to the first tokens of each sequence measured. */
export const withTimeToFirstToken = (engine: GenerationEngine): GenerationEngine => ({
  ...engine,
  generate: (job) =>
    Stream.unwrap(
      Effect.map(Clock.Clock, (clock) => {
        const begun = clock.currentTimeMillisUnsafe()
        const seconds = () => (clock.currentTimeMillisUnsafe() - begun) / 1000
        return Stream.onFirst(engine.generate(job), () =>
          Effect.suspend(() => Metric.update(timeToFirstToken, seconds()))
        )
      })
    )
})

/** What the engine itself counts, as Prometheus reads it. */
const engineMetrics: Readonly<
  Record<keyof EngineStats, readonly [name: string, type: "counter" | "gauge", help: string]>
> = {
  running: ["smartsearch_sequences_running", "gauge", "Sequences in the batch"],
  waiting: ["smartsearch_sequences_waiting", "gauge", "Sequences that wait for a place in the batch"],
  promptTokens: ["smartsearch_prompt_tokens_total", "counter", "Tokens of prompts"],
  cachedTokens: [
    "smartsearch_cached_tokens_total",
    "counter",
    "Tokens of prompts whose keys and values were still there"
  ],
  completionTokens: ["smartsearch_completion_tokens_total", "counter", "Tokens generated"],
  cacheCapacity: ["smartsearch_cache_capacity_tokens", "gauge", "Tokens the key-value cache can hold"],
  cacheUsed: ["smartsearch_cache_used_tokens", "gauge", "Tokens the key-value cache holds for sequences that run"]
}

/** `GET /metrics`, in Prometheus's text format. */
export const metrics = Effect.fnUntraced(function* ({ engine }: ServedModel) {
  const stats = yield* engine.stats
  const ofEngine = Object.entries(engineMetrics).map(
    ([key, [name, type, help]]) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${stats[key as keyof EngineStats]}\n` // entries forget the key type
  )
  const ofServer = yield* PrometheusMetrics.format()
  return HttpServerResponse.text(ofServer + ofEngine.join(""), {
    contentType: "text/plain; version=0.0.4; charset=utf-8"
  })
})
