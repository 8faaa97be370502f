import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Metric } from "effect"
import { GenerationError, LanguageModel } from "../../actors/languageModel.ts"
import { everyNth } from "../../test/servers/faults.ts"
import { startModelServer } from "../../test/servers/modelServer.ts"
import { httpSettings, requestWith } from "../../test/servers/requests.ts"
import type { Generate } from "./httpModel.ts"
import { languageModels } from "./layer.ts"
import { modelUsage } from "./usage.ts"

const Platform = Layer.merge(
  NodeHttpClient.layerUndici,
  ConfigProvider.layer(ConfigProvider.fromEnvRecord({ EMPTY: "" }))
)

const saying =
  (text: string): Generate =>
  () =>
    Effect.succeed({ text, finishReason: "stop", model: "inside", promptTokens: 3, completionTokens: 2, latencyMs: 0 })

const refusing: Generate = ({ model }) =>
  Effect.fail(new GenerationError({ model, reason: "rejected", detail: "no", retryable: false }))

/** Runs with the models, and with counters of its own. */
const withModels =
  (options: Parameters<typeof languageModels>[0]) =>
  <A, E>(program: Effect.Effect<A, E, LanguageModel>) =>
    program.pipe(
      Effect.provide(languageModels(options).pipe(Layer.provide(Platform))),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )

const generate = (model: string) => LanguageModel.use((models) => models.generate(requestWith({ model })))

describe("the models of a configuration", () => {
  it.live("are told apart by their names, in the process or behind a server", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({ speaks: "chat", reply: () => "from the server" })
      const models = { policy: { kind: "heuristic" }, judge: httpSettings("chat", { url: server.url }) } as const
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* generate("policy")).text, "from inside")
        assert.strictEqual((yield* generate("judge")).text, "from the server")
      }).pipe(withModels({ models, inProcess: { policy: saying("from inside") } }))
      assert.strictEqual(server.requests(), 1)
    })
  )

  it.effect("give way to an in-process model of the same name, whose server is then never asked", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* generate("policy")).text, "inside")
    }).pipe(
      withModels({
        models: { policy: httpSettings("sglang", { apiKeyEnv: "NOT_SET" }) },
        inProcess: { policy: saying("inside") }
      })
    )
  )

  it.effect("are listed to whoever asks for one that is not among them", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(generate("jugde"))
      assert.strictEqual(error.reason, "unknown-model")
      assert.isFalse(error.retryable)
      assert.strictEqual(
        error.message,
        `model "jugde": unknown-model: the configuration has no such model; it has policy, judge`
      )
    }).pipe(withModels({ models: {}, inProcess: { policy: saying(""), judge: saying("") } }))
  )

  it.effect("need the heuristic they name", () =>
    Effect.gen(function* () {
      const error = yield* generate("policy").pipe(
        withModels({ models: { policy: { kind: "heuristic" } } }),
        Effect.flip
      )
      assert.strictEqual(error._tag, "ModelSetupError")
      assert.include(error.message, `model "policy": no in-process model`)
    })
  )

  it.effect("need the key they name", () =>
    Effect.gen(function* () {
      const models = { judge: httpSettings("chat", { apiKeyEnv: "JUDGE_KEY" }) }
      const error = yield* generate("judge").pipe(withModels({ models }), Effect.flip)
      assert.strictEqual(error._tag, "ModelSetupError")
      assert.include(error.message, `model "judge": the environment variable JUDGE_KEY is not set`)
    })
  )
})

describe("the usage of models", () => {
  it.effect("is zero before the first call", () =>
    Effect.gen(function* () {
      const usage = yield* modelUsage(["policy"])
      assert.deepStrictEqual(usage, { policy: { calls: 0, failures: 0, promptTokens: 0, completionTokens: 0 } })
    }).pipe(withModels({ models: {}, inProcess: { policy: saying("") } }))
  )

  it.effect("counts calls, failures and tokens of each model", () =>
    Effect.gen(function* () {
      yield* generate("policy")
      yield* generate("policy")
      yield* Effect.flip(generate("judge"))
      assert.deepStrictEqual(yield* modelUsage(["policy", "judge"]), {
        policy: { calls: 2, failures: 0, promptTokens: 6, completionTokens: 4 },
        judge: { calls: 1, failures: 1, promptTokens: 0, completionTokens: 0 }
      })
    }).pipe(withModels({ models: {}, inProcess: { policy: saying(""), judge: refusing } }))
  )

  it.live("counts a call once, however often it was retried", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({
        speaks: "sglang",
        reply: () => "a b c",
        faults: everyNth({ "server-error": 2 })
      })
      const models = { policy: httpSettings("sglang", { url: server.url, backoff: "1 millis" }) }
      yield* Effect.gen(function* () {
        yield* generate("policy")
        yield* generate("policy")
        const { policy } = yield* modelUsage(["policy"])
        assert.deepInclude(policy, { calls: 2, failures: 0, completionTokens: 6 })
      }).pipe(withModels({ models }))
      assert.strictEqual(server.requests(), 3)
    })
  )
})
