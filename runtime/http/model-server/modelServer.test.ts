import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Redacted, Scope } from "effect"
import { eventually } from "../../../test/support/smartsearch.ts"
import { openAiClient, refusal } from "./testing/openAiClient.ts"
import { ask, errorOf, eventsOf, serveScript } from "./testing/servedScript.ts"

const routes = ["/generate", "/v1/completions", "/v1/chat/completions"] as const

/** A right request to a route. */
const asking = (route: (typeof routes)[number], more: object = {}): object => {
  if (route === "/generate") return { text: "a", ...more }
  if (route === "/v1/completions") return { prompt: "a", ...more }
  return { messages: [{ role: "user", content: "a" }], ...more }
}

/** A prompt as long as this, for a route. */
const prompting = (route: (typeof routes)[number], text: string): object => {
  if (route === "/generate") return { text }
  if (route === "/v1/completions") return { prompt: text }
  return { messages: [{ role: "user", content: text }] }
}

/** For servers that are made to fail. */
const silent = Logger.layer([])

const slow = { reply: () => "x".repeat(200), pace: 20 }

describe.each(routes)("POST %s", (route) => {
  it.live("frees its place when its client goes away, streamed or not", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript(slow)
      for (const stream of [false, true]) {
        const given = engine.interrupted()
        const asked = yield* Effect.forkChild(ask(server, route, asking(route, { stream })))
        yield* eventually(() => engine.running() === 1, 5)
        yield* Effect.sleep("50 millis")
        yield* Fiber.interrupt(asked)
        yield* eventually(() => engine.running() === 0, 5)
        assert.strictEqual(engine.interrupted(), given + 1)
      }
      const { text } = yield* ask(server, "/metrics")
      assert.include(text, `smartsearch_http_requests_total{route="${route}",status="499"}`)
    })
  )

  it.live("is told to come again when the queue is full, streamed or not", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ places: 0 })
      for (const stream of [false, true]) {
        const refused = yield* ask(server, route, asking(route, { stream }))
        assert.strictEqual(refused.status, 429)
        assert.strictEqual(refused.headers.get("retry-after"), "1")
        assert.deepInclude(errorOf(refused), { type: "rate_limit_error", code: "queue_full" })
      }
    })
  )

  it.live("tells an engine that fails, by status or in the stream", () =>
    Effect.gen(function* () {
      const server = yield* Effect.provide(serveScript({ reply: () => "abcdef", failsAt: 3 }), silent)
      const whole = yield* ask(server, route, asking(route))
      assert.strictEqual(whole.status, 500)
      assert.deepInclude(errorOf(whole), { type: "server_error", message: "the script fails here" })
      const streamed = yield* ask(server, route, asking(route, { stream: true }))
      assert.strictEqual(streamed.status, 200)
      const [failure, done] = eventsOf(streamed).slice(-2)
      assert.nestedPropertyVal(failure, "error.message", "the script fails here")
      assert.strictEqual(done, "[DONE]")
    })
  )

  it.live("refuses what is not JSON, what says it is not, and what is too large", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({}, { maxBody: 1000 })
      const broken = yield* ask(server, route, '{"text": ')
      assert.strictEqual(broken.status, 400)
      assert.include(errorOf(broken).message, "the body is not JSON")
      const plain = yield* ask(server, route, asking(route), { "content-type": "text/plain" })
      assert.strictEqual(plain.status, 415)
      const large = yield* ask(server, route, prompting(route, "x".repeat(1000)))
      assert.strictEqual(large.status, 413)
      assert.strictEqual(errorOf(large).code, "request_too_large")
      assert.strictEqual((yield* ask(server, route, asking(route))).status, 200)
    })
  )

  it.live("refuses a prompt that exceeds the context, of a little or two megabytes", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript({}, { maxBody: 8_000_000 })
      for (const length of [257, 2_000_000]) {
        const refused = yield* ask(server, route, prompting(route, "x".repeat(length)))
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(errorOf(refused).code, "context_length_exceeded")
      }
      assert.deepStrictEqual(engine.jobs(), [])
    })
  )
})

describe("a model server", () => {
  it.live("tells its model, by name and in a list", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({}, { name: "our/policy" })
      const client = openAiClient(server)
      const { data } = yield* Effect.promise(() => client.models.list())
      assert.deepStrictEqual(
        data.map(({ id, object, owned_by }) => ({ id, object, owned_by })),
        [{ id: "our/policy", object: "model", owned_by: "smartsearch" }]
      )
      assert.strictEqual((yield* Effect.promise(() => client.models.retrieve("our/policy"))).id, "our/policy")
      const unknown = yield* refusal(() => client.models.retrieve("other"))
      assert.deepInclude(unknown, { status: 404, code: "model_not_found" })
    })
  )

  it.live("is healthy, and tells about itself as SGLang does", () =>
    Effect.gen(function* () {
      const server = yield* serveScript()
      assert.deepStrictEqual((yield* ask(server, "/health")).json, { status: "ok" })
      assert.strictEqual((yield* Effect.promise(() => fetch(`${server.url}/health`, { method: "HEAD" }))).status, 200)
      assert.strictEqual((yield* ask(server, "/health_generate")).status, 200)
      assert.deepInclude((yield* ask(server, "/get_model_info")).json, {
        model_path: "/models/scripted",
        is_generation: true,
        max_context_length: 256
      })
      assert.deepInclude((yield* ask(server, "/get_server_info")).json, { served_model_name: "scripted" })
    })
  )

  it.live("is not healthy when its model doesn't generate", () =>
    Effect.gen(function* () {
      const server = yield* Effect.provide(serveScript({ failsAt: 1 }), silent)
      assert.strictEqual((yield* ask(server, "/health_generate")).status, 500)
      assert.strictEqual((yield* ask(server, "/health")).status, 200)
    })
  )

  it.live("has no other routes and methods, and says so", () =>
    Effect.gen(function* () {
      const server = yield* serveScript()
      const nowhere = yield* ask(server, "/v1/embeddings", {})
      assert.deepInclude({ status: nowhere.status, ...errorOf(nowhere) }, { status: 404, code: "unknown_url" })
      const malformed = yield* ask(server, "/v1/models/%zz")
      assert.deepInclude({ status: malformed.status, ...errorOf(malformed) }, { status: 404, code: "unknown_url" })
      const method = yield* ask(server, "/generate")
      assert.deepInclude({ status: method.status, ...errorOf(method) }, { status: 405, code: "method_not_allowed" })
      assert.include(errorOf(method).message, "expected POST")
    })
  )

  it.live("counts requests, tokens and times for Prometheus", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ reply: () => "abc" })
      yield* ask(server, "/generate", { text: "xy" })
      yield* ask(server, "/generate", { text: "" })
      yield* ask(server, "/nowhere")
      const { headers, text } = yield* ask(server, "/metrics")
      assert.include(headers.get("content-type"), "text/plain; version=0.0.4")
      const lines = text.split("\n")
      for (const line of [
        'smartsearch_http_requests_total{route="/generate",status="200"} 1',
        'smartsearch_http_requests_total{route="/generate",status="400"} 1',
        'smartsearch_http_requests_total{route="unknown",status="404"} 1',
        'smartsearch_http_request_duration_seconds_count{route="/generate"} 2',
        "smartsearch_time_to_first_token_seconds_count 1",
        "# TYPE smartsearch_prompt_tokens_total counter",
        "smartsearch_prompt_tokens_total 2",
        "smartsearch_completion_tokens_total 4",
        "smartsearch_sequences_running 0",
        "smartsearch_sequences_waiting 0"
      ]) {
        assert.include(lines, line)
      }
    })
  )

  it.live("asks for its key everywhere but for its health", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({}, { apiKey: Redacted.make("secret") })
      assert.strictEqual((yield* ask(server, "/health")).status, 200)
      for (const path of ["/v1/models", "/metrics", "/get_model_info"]) {
        const refused = yield* ask(server, path)
        assert.deepInclude({ status: refused.status, ...errorOf(refused) }, { status: 401, code: "invalid_api_key" })
      }
      const wrong = yield* ask(server, "/generate", { text: "a" }, { authorization: "Bearer Secret" })
      assert.strictEqual(wrong.status, 401)
      const client = openAiClient(server, "secret")
      assert.strictEqual((yield* Effect.promise(() => client.models.list())).data.length, 1)
    })
  )

  it.live("writes no faster than its client reads", () =>
    Effect.gen(function* () {
      const tokens = 4000
      const { engine, url } = yield* serveScript({ reply: () => "y".repeat(tokens), context: 2 * tokens })
      const { hostname, port } = new URL(url)
      const body = JSON.stringify({ text: "a", stream: true, sampling_params: { max_new_tokens: tokens } })
      const head = [
        "POST /generate HTTP/1.1",
        "host: x",
        "content-type: application/json",
        `content-length: ${body.length}`
      ]
      const socket = yield* Effect.acquireRelease(
        Effect.sync(() => connect(Number(port), hostname).pause()),
        (opened) => Effect.sync(() => opened.destroy())
      )
      socket.write(`${head.join("\r\n")}\r\n\r\n${body}`)
      let [before, still] = [0, 0]
      yield* eventually(() => {
        still = engine.given() > 0 && engine.given() === before ? still + 1 : 0
        before = engine.given()
        return still === 10
      }, 10)
      assert.isBelow(before, tokens)
      assert.strictEqual((yield* ask({ url }, "/health")).status, 200)
      socket.destroy()
      yield* eventually(() => engine.running() === 0, 5)
    })
  )

  it.live("survives what it was not made for, and tells its log rather than its client", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const log = Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      const broken = () => {
        throw new Error("a bug")
      }
      const server = yield* Effect.provide(serveScript({ reply: broken }), log)
      for (const stream of [false, true]) {
        const failed = yield* ask(server, "/generate", { text: "a", stream })
        assert.strictEqual(failed.status, 500)
        assert.strictEqual(errorOf(failed).code, "internal_error")
        assert.notInclude(failed.text, "a bug")
      }
      assert.match(String(logged[0]), /Error: a bug\n.*modelServer\.test/)
      assert.strictEqual((yield* ask(server, "/health")).status, 200)
    })
  )

  it.live("answers those that run when it stops, and refuses others", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const script = { reply: () => "x".repeat(20), pace: 20 }
      const { engine, url } = yield* Scope.provide(serveScript(script), scope)
      const running = yield* Effect.forkChild(ask({ url }, "/generate", { text: "a" }))
      yield* eventually(() => engine.running() === 1, 5)
      const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Effect.sleep("30 millis")
      for (const path of ["/health", "/v1/models"]) {
        const refused = yield* ask({ url }, path)
        assert.deepInclude({ status: refused.status, ...errorOf(refused) }, { status: 503, code: "shutting_down" })
      }
      assert.strictEqual((yield* Fiber.join(running)).status, 200)
      yield* Fiber.join(stopping)
      const gone = yield* Effect.exit(ask({ url }, "/health"))
      assert.isTrue(Exit.isFailure(gone))
    })
  )

  it.live("waits no longer than its grace for those that run", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { engine, url } = yield* Scope.provide(serveScript(slow, { grace: "100 millis" }), scope)
      const running = yield* Effect.forkChild(ask({ url }, "/generate", { text: "a" }))
      yield* eventually(() => engine.running() === 1, 5)
      yield* Effect.timeout(Scope.close(scope, Exit.void), "3 seconds")
      assert.strictEqual((yield* Fiber.join(running)).status, 503)
      assert.strictEqual(engine.interrupted(), 1)
    })
  )

  it.live("drops a request that breaks off in its body", () =>
    Effect.gen(function* () {
      const { engine, url } = yield* serveScript()
      yield* Effect.callback<void>((resume) => {
        const headers = { "content-type": "application/json", "content-length": 1000 }
        const broken = httpRequest(`${url}/generate`, { method: "POST", headers })
        broken.on("error", () => resume(Effect.void))
        broken.write('{"text":', () => broken.destroy())
        broken.on("close", () => resume(Effect.void))
      })
      assert.strictEqual((yield* ask({ url }, "/generate", { text: "a" })).status, 200)
      assert.strictEqual(engine.jobs().length, 1)
    })
  )
})

describe.each(["/update_weights", "/update_weights_from_disk"])("POST %s", (path) => {
  const folder = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "smartsearch-weights-"))),
    (made) => Effect.sync(() => rmSync(made, { recursive: true }))
  )

  it.live("goes on with the weights of a folder", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      const model = yield* folder
      writeFileSync(join(model, "config.json"), "{}")
      const { json, status } = yield* ask(server, path, { model_path: model, load_format: null })
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { success: true })
      assert.deepStrictEqual(engine.folders(), [model])
    })
  )

  it.live("refuses what is no folder, no model, or a model of another shape", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      const model = yield* folder
      const other = `${model}-other-shape`
      const wrong: ReadonlyArray<readonly [path: unknown, hint: string]> = [
        [join(model, "none"), "ENOENT"],
        [import.meta.filename, "it is a file"],
        [model, "config.json"],
        ["", "model_path"],
        [undefined, "model_path"]
      ]
      for (const [model_path, hint] of wrong) {
        const refused = yield* ask(server, path, { model_path })
        assert.strictEqual(refused.status, 400)
        assert.include(errorOf(refused).message, hint)
      }
      assert.deepStrictEqual(engine.folders(), [])
      assert.strictEqual((yield* ask(server, path, { model_path: other })).status, 400)
    })
  )
})
