import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { httpSettings, requestWith } from "../../../test/servers/requests.ts"
import { makeHttpModel } from "../../models/httpModel.ts"
import type { Script } from "./testing/scriptedEngine.ts"
import { serveScript } from "./testing/servedScript.ts"

const searching = "I must look.</think>\n<search>who wrote it</search> and more"
const answering = "I know.</think>\n<answer>\\boxed{Eco}</answer>"

describe.each(["sglang", "completions", "chat"] as const)("our own client, over %s", (kind) => {
  const start = Effect.fnUntraced(function* (script: Script, settings: object = {}) {
    const server = yield* serveScript({ context: 2000, ...script })
    const fields = { url: server.url, model: "scripted", backoff: "1 millis", timeout: "5 seconds", ...settings }
    return { server, generate: yield* makeHttpModel("policy", httpSettings(kind, fields)) }
  }, Effect.provide(NodeHttpClient.layerUndici))

  it.live("gets its stop string back", () =>
    Effect.gen(function* () {
      const { generate } = yield* start({ reply: () => searching })
      const generation = yield* generate(requestWith())
      assert.strictEqual(generation.text, "I must look.</think>\n<search>who wrote it</search>")
      assert.strictEqual(generation.finishReason, "stop")
      assert.strictEqual(generation.completionTokens, generation.text.length)
    })
  )

  it.live("gets a text that ended by itself as it is", () =>
    Effect.gen(function* () {
      const { generate } = yield* start({ reply: () => answering })
      assert.strictEqual((yield* generate(requestWith())).text, answering)
    })
  )

  it.live("has its turn written on, not a new one begun", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start({ reply: () => searching })
      yield* generate(requestWith())
      const prompt = String.fromCodePoint(...(server.engine.jobs()[0]?.prompt ?? []))
      assert.match(prompt, /assistant>?\n?<think>$/)
    })
  )

  it.live("gets a log-probability and an id for each token", () =>
    Effect.gen(function* () {
      const extra = kind === "sglang" ? {} : { return_token_ids: true }
      const { generate } = yield* start({ reply: () => searching }, { logProbs: true, extra })
      const { completionTokens, logProbs, tokenIds } = yield* generate(requestWith())
      assert.strictEqual(logProbs?.length, completionTokens)
      assert.strictEqual(tokenIds?.length, completionTokens)
      assert.strictEqual(tokenIds?.[0], "I".charCodeAt(0))
    })
  )

  it.live("comes again when the queue was full", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start({ reply: () => searching, pace: 1, places: 1 })
      const both = yield* Effect.all([generate(requestWith()), generate(requestWith())], { concurrency: 2 })
      assert.deepStrictEqual(
        both.map(({ finishReason }) => finishReason),
        ["stop", "stop"]
      )
      assert.isAbove(server.engine.jobs().length, 2)
    })
  )

  it.live("does not come again with a prompt that is too long", () =>
    Effect.gen(function* () {
      const { generate, server } = yield* start({ context: 20 })
      const error = yield* Effect.flip(generate(requestWith()))
      assert.include(error.detail, "context")
      assert.deepStrictEqual(server.engine.jobs(), [])
    })
  )
})
