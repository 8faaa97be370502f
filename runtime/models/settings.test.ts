import { assert, describe, it } from "@effect/vitest"
import { Duration, Result, Schema } from "effect"
import { chatml } from "./chatTemplate.ts"
import { ModelSettings, templateOf } from "./settings.ts"

const read = Schema.decodeUnknownResult(ModelSettings)
const base = { url: "http://localhost:30000", model: "Qwen2.5-3B" }

const refusal = (input: unknown): string =>
  Result.match(read(input), { onFailure: (error) => error.message, onSuccess: () => "accepted" })

describe("model settings", () => {
  it("need only the kind, the address and the name", () => {
    const settings = Result.getOrThrow(read({ kind: "sglang", ...base }))
    assert(settings.kind === "sglang")
    assert.strictEqual(Duration.toSeconds(settings.timeout), 120)
    assert.strictEqual(settings.retries, 4)
    assert.strictEqual(settings.circuitBreaker.failures, 5)
    assert.deepStrictEqual(settings.rateLimit, {})
    assert.isFalse(settings.logProbs)
    assert.strictEqual(templateOf(settings), chatml)
  })

  it("take every field in its written form and give it back", () => {
    const written = {
      kind: "chat",
      url: "https://models.example/v1",
      model: "judge-32b",
      apiKeyEnv: "JUDGE_API_KEY",
      timeout: "90 seconds",
      retries: 2,
      backoff: "1 second",
      rateLimit: { requestsPerSecond: 0.5, maxConcurrent: 8 },
      circuitBreaker: { failures: 3, cooldown: "1 minute" },
      logProbs: true,
      thinking: "off",
      cutShort: "keep",
      extra: { top_k: 20 },
      assistantPrefix: "message"
    }
    const settings = Result.getOrThrow(read(written))
    const again = Schema.encodeUnknownSync(Schema.fromJsonString(ModelSettings))(settings)
    assert.deepStrictEqual(Result.getOrThrow(read(JSON.parse(again))), settings)
    assert(settings.kind === "chat")
    assert.strictEqual(Duration.toSeconds(settings.circuitBreaker.cooldown), 60)
    assert.strictEqual(settings.rateLimit.requestsPerSecond, 0.5)
  })

  it("take a template of their own", () => {
    const template = { system: "S:{content}\n", user: "U:{content}\n", assistant: "A:", turnEnd: "\n" }
    const settings = Result.getOrThrow(read({ kind: "completions", ...base, template }))
    assert(settings.kind === "completions")
    assert.deepStrictEqual(templateOf(settings), template)
    assert.include(refusal({ kind: "completions", ...base, template: { ...template, user: "U:" } }), "{content}")
  })

  it("know the offline model, which needs nothing", () => {
    assert.deepStrictEqual(Result.getOrThrow(read({ kind: "heuristic" })), { kind: "heuristic" })
  })

  it.each([
    ["localhost:30000", "http or https"],
    ["nowhere", "absolute URL"],
    ["ftp://host/models", "http or https"],
    ["http://user:secret@host", "credentials"],
    ["http://host/?key=1", "no query"]
  ])("refuse the address %s", (url, why) => {
    assert.include(refusal({ kind: "sglang", ...base, url }), why)
  })

  it("refuse a key in the place of a variable's name, without repeating it", () => {
    const message = refusal({ kind: "sglang", ...base, apiKeyEnv: "sk-live-0123456789" })
    assert.include(message, "name of an environment variable")
    assert.notInclude(message, "0123456789")
  })

  it.each([
    { retries: -1 },
    { timeout: "soon" },
    { rateLimit: { requestsPerSecond: 0 } },
    { circuitBreaker: { failures: 0, cooldown: "1 second" } },
    { thinking: "on" },
    { kind: "telepathy" }
  ])("refuse %j", (wrong) => {
    assert.notStrictEqual(refusal({ kind: "sglang", ...base, ...wrong }), "accepted")
  })
})
