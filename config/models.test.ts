import { assert, describe, it } from "@effect/vitest"
import { Duration, Result, Schema } from "effect"
import { ModelSettings } from "./models.ts"

const read = Schema.decodeUnknownResult(ModelSettings)
const server = { url: "http://localhost:30000", model: "Qwen2.5-3B" }

describe("a model", () => {
  it("needs its kind, an address and a name", () => {
    const settings = Result.getOrThrow(read({ kind: "sglang", ...server }))
    assert(settings.kind === "sglang")
    assert.strictEqual(Duration.toSeconds(settings.timeout), 120)
    assert.strictEqual(settings.circuitBreaker.failures, 5)
    assert.strictEqual(settings.template, "chatml")
    assert.isUndefined(settings.apiKeyEnv)
  })

  it("that runs inside the process needs nothing", () => {
    assert.deepStrictEqual(Result.getOrThrow(read({ kind: "heuristic" })), { kind: "heuristic" })
  })

  it("of this machine needs its folder", () => {
    const settings = Result.getOrThrow(read({ kind: "local", folder: "models/policy" }))
    assert.deepStrictEqual(settings, {
      kind: "local",
      folder: "models/policy",
      weights: "float32",
      template: "model",
      thinking: "default",
      logProbs: false,
      maxBatch: 32,
      queueLimit: 1024
    })
    assert.isTrue(Result.isFailure(read({ kind: "local" })))
    assert.isTrue(Result.isFailure(read({ kind: "local", folder: "models/policy", weights: "int2" })))
  })

  it("is written as JSON and read again without a change", () => {
    const settings = Result.getOrThrow(
      read({
        kind: "chat",
        ...server,
        apiKeyEnv: "JUDGE_KEY",
        timeout: "90 seconds",
        rateLimit: { requestsPerSecond: 0.5 },
        circuitBreaker: { cooldown: "1 minute" },
        extra: { top_k: 20 },
        assistantPrefix: "message"
      })
    )
    const written = Schema.encodeSync(Schema.fromJsonString(ModelSettings))(settings)
    assert.deepStrictEqual(Result.getOrThrow(read(JSON.parse(written))), settings)
  })

  it("takes a chat template of its own, with a place for the message", () => {
    const template = { system: "S:{content}\n", user: "U:{content}\n", assistant: "A:", turnEnd: "\n" }
    const settings = Result.getOrThrow(read({ kind: "completions", ...server, template }))
    assert(settings.kind === "completions")
    assert.deepStrictEqual(settings.template, template)
    assert.isTrue(Result.isFailure(read({ kind: "completions", ...server, template: { ...template, user: "U:" } })))
  })

  it.each([
    { url: "localhost:30000" },
    { url: "ftp://host/models" },
    { url: "http://host/?key=1" },
    { url: "http://user:secret@host" },
    { apiKeyEnv: "sk-live-0123" },
    { retries: -1 },
    { timeout: "soon" },
    { timeout: "0 seconds" },
    { timeout: "Infinity" },
    { rateLimit: { requestsPerSecond: 0 } },
    { thinking: "on" },
    { kind: "telepathy" }
  ])("is refused with %j", (wrong) => {
    assert.isTrue(Result.isFailure(read({ kind: "sglang", ...server, ...wrong })))
  })
})
