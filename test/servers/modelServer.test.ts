import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { complete } from "./completion.ts"
import { everyNth, firstThen } from "./faults.ts"
import { type ModelServer, startModelServer } from "./modelServer.ts"

const post = (server: ModelServer, path: string, body: unknown) =>
  Effect.tryPromise(async () => {
    const response = await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) })
    return { status: response.status, headers: response.headers, body: await response.json() }
  })

const generate = (server: ModelServer) =>
  post(server, "/generate", { text: "p", sampling_params: { max_new_tokens: 8, stop: ["</search>"] } })

describe("the model server for tests", () => {
  it.live("speaks SGLang", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({ speaks: "sglang", reply: (prompt) => `${prompt} <search>q</search>` })
      const { body } = yield* generate(server)
      assert.deepStrictEqual(body, {
        text: "p <search>q",
        meta_info: { finish_reason: { type: "stop", matched: "</search>" }, prompt_tokens: 1, completion_tokens: 2 }
      })
    })
  )

  it.live("speaks /v1/completions", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({ speaks: "completions", reply: () => "a b c" })
      const { body } = yield* post(server, "/v1/completions", { model: "m", prompt: "p", max_tokens: 2 })
      assert.deepInclude(body.choices[0], { text: "a b", finish_reason: "length", stop_reason: null })
      assert.deepInclude(body.usage, { completion_tokens: 2 })
    })
  )

  it.live("speaks /v1/chat/completions, and shows its function the chat as ChatML", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({ speaks: "chat", reply: (prompt) => prompt })
      const messages = [
        { role: "user", content: "u" },
        { role: "assistant", content: "a" }
      ]
      const request = { model: "m", max_tokens: 50, messages }
      const fresh = yield* post(server, "/v1/chat/completions", request)
      const turns = "<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\na"
      assert.strictEqual(fresh.body.choices[0].message.content, `${turns}<|im_end|>\n<|im_start|>assistant\n`)
      const going = yield* post(server, "/v1/chat/completions", { ...request, continue_final_message: true })
      assert.strictEqual(going.body.choices[0].message.content, turns)
    })
  )

  it.live("refuses what is no request", () =>
    Effect.gen(function* () {
      const server = yield* startModelServer({ speaks: "completions", reply: () => "" })
      assert.strictEqual((yield* post(server, "/v1/completions", { prompt: 5 })).status, 400)
      assert.strictEqual((yield* post(server, "/generate", {})).status, 404)
    })
  )

  it.live("injects its faults by the number of the request, and counts them", () =>
    Effect.gen(function* () {
      const faults = everyNth({ "server-error": 2, "rate-limit": 3 })
      const server = yield* startModelServer({ speaks: "sglang", reply: () => "", faults, retryAfterSeconds: 9 })
      const statuses: Array<number> = []
      for (let request = 0; request < 6; request++) statuses.push((yield* generate(server)).status)
      assert.deepStrictEqual(statuses, [200, 500, 429, 500, 200, 500])
      assert.deepStrictEqual(server.faults(), { "server-error": 3, "rate-limit": 1 })
      assert.strictEqual(server.requests(), 6)
    })
  )

  it.live("is gone when its scope is closed, hanging requests included", () =>
    Effect.gen(function* () {
      const faults = firstThen("hang")
      const server = yield* Effect.scoped(
        Effect.gen(function* () {
          const running = yield* startModelServer({ speaks: "sglang", reply: () => "", faults })
          yield* Effect.forkDetach(Effect.ignore(generate(running)))
          yield* Effect.sleep("2 millis").pipe(Effect.repeat({ until: () => running.requests() === 1 }))
          return running
        })
      )
      assert.strictEqual((yield* Effect.flip(generate(server)))._tag, "UnknownError")
    })
  )
})

describe("a completion", () => {
  const prompt = { text: "", stop: ["</b>", "</a>"], maxNewTokens: 10, logProbs: false }

  it("ends before the first stop string in the text, not in the list", () => {
    assert.deepInclude(complete("x </a> y </b>", prompt), { text: "x ", ended: { by: "stop", matched: "</a>" } })
  })

  it("has the tokens of the stop string among its tokens", () => {
    const { tokens } = complete("x </a> y", prompt)
    assert.deepStrictEqual(
      tokens.map(({ text }) => text),
      ["x", " </a>"]
    )
  })

  it("is the same every time", () => {
    assert.deepStrictEqual(complete("the same words", prompt), complete("the same words", prompt))
  })
})
