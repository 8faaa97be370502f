import { inspect } from "node:util"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Effect, Layer, Tracer } from "effect"
import type { Generation, GenerationError } from "../../actors/languageModel.ts"
import type { HttpModelSettings } from "../../config/models.ts"
import { everyNth, type Fault, firstThen } from "../../test/servers/faults.ts"
import { type ModelServerOptions, startModelServer } from "../../test/servers/modelServer.ts"
import { httpSettings, requestWith } from "../../test/servers/requests.ts"
import { makeHttpModel } from "./httpModel.ts"

type Kind = HttpModelSettings["kind"]
const kinds: ReadonlyArray<Kind> = ["sglang", "completions", "chat"]

const secret = "sk-test-4f3c2b1a"
const Platform = Layer.merge(
  NodeHttpClient.layerUndici,
  ConfigProvider.layer(ConfigProvider.fromEnvRecord({ MODEL_KEY: secret }))
)

const searching = "I must look.</think>\n<search>who wrote it</search> and more"

/** A server and a model connected to it that retries quickly. */
const start = Effect.fnUntraced(function* (
  kind: Kind,
  server: Partial<Omit<ModelServerOptions, "speaks">> = {},
  settings: Readonly<Record<string, unknown>> = {}
) {
  const running = yield* startModelServer({ reply: () => searching, ...server, speaks: kind })
  const generate = yield* makeHttpModel(
    "policy",
    httpSettings(kind, { url: running.url, backoff: "1 millis", timeout: "5 seconds", ...settings })
  )
  return { server: running, generate }
})

const failure = (call: Effect.Effect<Generation, GenerationError>) => Effect.flip(call)

describe.each(kinds)("a model behind %s", (kind) => {
  it.live("continues the turn and ends with the stop string", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start(kind, {
        reply: (prompt) => {
          assert.isTrue(prompt.endsWith("<|im_start|>user\nWho wrote it?<|im_end|>\n<|im_start|>assistant\n<think>"))
          return searching
        }
      })
      const generation = yield* generate(requestWith())
      assert.strictEqual(generation.text, "I must look.</think>\n<search>who wrote it</search>")
      assert.strictEqual(generation.finishReason, "stop")
      assert.strictEqual(generation.completionTokens, 6)
      assert.isAtLeast(generation.latencyMs, 0)
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(Platform))
  )

  it.live("ends with the text when no stop string matched", () =>
    Effect.gen(function* () {
      const reply = "I know.</think>\n<answer>\\boxed{Eco}</answer>"
      const { generate } = yield* start(kind, { reply: () => reply })
      assert.strictEqual((yield* generate(requestWith())).text, reply)
    }).pipe(Effect.provide(Platform))
  )

  it.live("ends with the stop string although the server does not tell it", () =>
    Effect.gen(function* () {
      const { generate } = yield* start(kind, { tellsStop: false })
      const { text } = yield* generate(requestWith())
      assert.strictEqual(text, "I must look.</think>\n<search>who wrote it</search>")
    }).pipe(Effect.provide(Platform))
  )

  it.live("gives one log-probability for each new token", () =>
    Effect.gen(function* () {
      const { generate } = yield* start(kind, {}, { logProbs: true })
      const { completionTokens, logProbs, tokenIds } = yield* generate(requestWith())
      assert.strictEqual(logProbs?.length, completionTokens)
      if (kind !== "chat") assert.strictEqual(tokenIds?.length, completionTokens)
    }).pipe(Effect.provide(Platform))
  )

  it.live("ends for length at the token limit", () =>
    Effect.gen(function* () {
      const { generate } = yield* start(kind)
      const { finishReason, text } = yield* generate(requestWith({ sampling: { maxNewTokens: 2 } }))
      assert.strictEqual(finishReason, "length")
      assert.strictEqual(text, "I must")
    }).pipe(Effect.provide(Platform))
  )

  it.live.each<[Fault, GenerationError["reason"]]>([
    ["server-error", "server-error"],
    ["malformed-json", "malformed"],
    ["html-page", "malformed"],
    ["truncated-body", "malformed"],
    ["truncated-reply", "malformed"],
    ["no-choices", "malformed"],
    ["reset", "unreachable"],
    ["hang", "timeout"]
  ])("survives one %s, and reports it when retries are over", ([fault, reason]) =>
    Effect.gen(function* () {
      const timeouts = fault === "hang" ? ["700 millis", "150 millis"] : ["5 seconds", "5 seconds"]
      const once = yield* start(kind, { faults: firstThen(fault) }, { timeout: timeouts[0] })
      assert.include((yield* once.generate(requestWith())).text, "</search>")
      assert.strictEqual(once.server.requests(), 2)

      const always = yield* start(kind, { faults: everyNth({ [fault]: 1 }) }, { timeout: timeouts[1], retries: 2 })
      const error = yield* failure(always.generate(requestWith()))
      assert.strictEqual(error.reason, reason)
      assert.isTrue(error.retryable)
      assert.strictEqual(error.model, "policy")
      assert.strictEqual(always.server.requests(), 3)
      assert.deepStrictEqual(always.server.faults(), { [fault]: 3 })
    }).pipe(Effect.provide(Platform))
  )

  it.live("loses no call to a server that fails now and then", () =>
    Effect.gen(function* () {
      const faults = everyNth({
        reset: 23,
        "server-error": 11,
        "malformed-json": 17,
        "truncated-body": 19,
        "truncated-reply": 29
      })
      const { generate, server } = yield* start(kind, { faults }, { retries: 12 })
      const replies = yield* Effect.forEach(Array.from({ length: 100 }), () => generate(requestWith()), {
        concurrency: 16
      })
      assert.strictEqual(new Set(replies.map(({ text }) => text)).size, 1)
      const injected = Object.values(server.faults()).reduce((sum, times) => sum + times, 0)
      assert.isAbove(injected, 20)
      assert.strictEqual(server.requests(), 100 + injected)
    }).pipe(Effect.provide(Platform))
  )

  it.live("sends its key, and never shows it", () =>
    Effect.gen(function* () {
      const { generate } = yield* start(kind, { apiKey: secret }, { apiKeyEnv: "MODEL_KEY" })
      assert.include((yield* generate(requestWith())).text, "</search>")

      const refusing = yield* start(kind, { apiKey: "another" }, { apiKeyEnv: "MODEL_KEY" })
      const error = yield* failure(refusing.generate(requestWith()))
      assert.strictEqual(error.reason, "rejected")
      assert.isFalse(error.retryable)
      assert.include(error.detail, "Incorrect API key provided: Bearer <redacted>")
      assert.notInclude(`${error.message} ${error.stack} ${JSON.stringify(error)}`, secret)
    }).pipe(Effect.provide(Platform))
  )
})

describe("the key", () => {
  it.live("is in no attribute of a span", () =>
    Effect.gen(function* () {
      const attributes: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          attributes.push(span.attributes)
          return span
        }
      })
      const { generate } = yield* start("chat", { apiKey: secret }, { apiKeyEnv: "MODEL_KEY" })
      yield* generate(requestWith()).pipe(Effect.provideService(Tracer.Tracer, tracer))
      const seen = inspect(attributes, { depth: null })
      assert.include(seen, "/v1/chat/completions")
      assert.notInclude(seen, secret)
    }).pipe(Effect.provide(Platform))
  )
})

describe("a reply that repeats the key", () => {
  it.live("shows no part of it, even where the error is shortened", () =>
    Effect.gen(function* () {
      const reply = () => {
        throw new Error("x".repeat(190) + secret)
      }
      const { generate } = yield* start("sglang", { reply }, { apiKeyEnv: "MODEL_KEY" })
      const { detail } = yield* failure(generate(requestWith()))
      assert.include(detail, "xxx<redacted")
      assert.notInclude(detail, secret.slice(0, 6))
    }).pipe(Effect.provide(Platform))
  )

  it.live("is a generation without it", () =>
    Effect.gen(function* () {
      const { generate } = yield* start("sglang", { reply: () => `it is ${secret}` }, { apiKeyEnv: "MODEL_KEY" })
      assert.strictEqual((yield* generate(requestWith())).text, "it is <redacted>")
    }).pipe(Effect.provide(Platform))
  )
})

describe("retries", () => {
  it.live("are not spent on a request the server refuses", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("completions", {
        reply: () => {
          throw new Error("the prompt is too long")
        }
      })
      const error = yield* failure(generate(requestWith()))
      assert.strictEqual(error.reason, "rejected")
      assert.isFalse(error.retryable)
      assert.include(error.detail, "the prompt is too long")
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(Platform))
  )

  it.live("wait as long as the server asks for", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", { faults: firstThen("rate-limit"), retryAfterSeconds: 1 })
      const started = yield* Clock.currentTimeMillis
      const generation = yield* generate(requestWith())
      assert.isAtLeast((yield* Clock.currentTimeMillis) - started, 990)
      assert.isBelow(generation.latencyMs, 900)
      assert.strictEqual(server.requests(), 2)
    }).pipe(Effect.provide(Platform))
  )

  it.live("do not wait longer than the time-out, whatever the server asks for", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", {
        faults: everyNth({ "rate-limit": 1 }),
        retryAfterSeconds: 3600
      })
      const error = yield* failure(generate(requestWith()))
      assert.strictEqual(error.reason, "rate-limited")
      assert.isTrue(error.retryable)
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(Platform))
  )

  it.live("reach a server nobody listens at in vain", () =>
    Effect.gen(function* () {
      const { generate } = yield* start("chat", {}, { url: "http://127.0.0.1:9", retries: 1 })
      const error = yield* failure(generate(requestWith()))
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.detail, "ECONNREFUSED")
      assert.include(error.detail, "POST http://127.0.0.1:9/v1/chat/completions")
    }).pipe(Effect.provide(Platform))
  )
})

describe("the rate limit", () => {
  it.live("keeps to the number of requests under way", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", { latencyMs: 20 }, { rateLimit: { maxConcurrent: 3 } })
      yield* Effect.forEach(Array.from({ length: 12 }), () => generate(requestWith()), { concurrency: "unbounded" })
      assert.strictEqual(server.requests(), 12)
      assert.strictEqual(server.peakConcurrency(), 3)
    }).pipe(Effect.provide(Platform))
  )

  it.live("keeps to the number of requests per second", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", {}, { rateLimit: { requestsPerSecond: 20 } })
      const started = yield* Clock.currentTimeMillis
      yield* Effect.forEach(Array.from({ length: 30 }), () => generate(requestWith()), { concurrency: "unbounded" })
      assert.strictEqual(server.requests(), 30)
      assert.isAtLeast((yield* Clock.currentTimeMillis) - started, 480)
    }).pipe(Effect.provide(Platform))
  )

  it.live("may be less than one request per second", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", {}, { rateLimit: { requestsPerSecond: 0.5 } })
      yield* generate(requestWith())
      const second = yield* generate(requestWith()).pipe(Effect.timeoutOption("300 millis"))
      assert.strictEqual(second._tag, "None")
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(Platform))
  )
})

describe("the circuit breaker", () => {
  const settings = { retries: 1, circuitBreaker: { failures: 2, cooldown: "1 second" } }

  it.live("stops calling a server that is down, and tries again after the cool-down", () =>
    Effect.gen(function* () {
      const faults = firstThen("server-error", "server-error", "reset", "reset")
      const { generate, server } = yield* start("sglang", { faults }, settings)
      assert.strictEqual((yield* failure(generate(requestWith()))).reason, "server-error")
      assert.strictEqual((yield* failure(generate(requestWith()))).reason, "unreachable")

      const open = yield* failure(generate(requestWith()))
      assert.strictEqual(open.reason, "overloaded")
      assert.isTrue(open.retryable)
      assert.include(open.detail, "circuit open: the last 2 calls failed")
      assert.strictEqual(server.requests(), 4)

      yield* Effect.sleep("1050 millis")
      assert.include((yield* generate(requestWith())).text, "</search>")
      assert.strictEqual(server.requests(), 5)
    }).pipe(Effect.provide(Platform))
  )

  it.live("stays closed for refusals and rate limits, which a live server gives", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start("sglang", { apiKey: "another" }, settings)
      for (let call = 0; call < 5; call++) {
        assert.strictEqual((yield* failure(generate(requestWith()))).reason, "rejected")
      }
      assert.strictEqual(server.requests(), 0)

      const limited = yield* start("sglang", { faults: everyNth({ "rate-limit": 1 }), retryAfterSeconds: 60 }, settings)
      for (let call = 0; call < 5; call++) {
        assert.strictEqual((yield* failure(limited.generate(requestWith()))).reason, "rate-limited")
      }
      assert.strictEqual(limited.server.requests(), 5)
    }).pipe(Effect.provide(Platform))
  )
})
