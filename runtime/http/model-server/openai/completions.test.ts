import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { called, collect, openAiClient, refusal } from "../testing/openAiClient.ts"
import { ask, errorOf, serveScript } from "../testing/servedScript.ts"

const echoing = { reply: (prompt: string) => `${prompt}!</a> and on` }
const asked = { model: "scripted", prompt: "hi", stop: "</a>" } as const

describe("POST /v1/completions, asked by OpenAI's client", () => {
  it.live("answers with a text, how it ended and what it took", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript(echoing))
      const reply = yield* called(() => client.completions.create(asked))
      assert.match(reply.id, /^cmpl-[0-9a-f]{32}$/)
      assert.deepInclude(reply, { object: "text_completion", model: "scripted" })
      assert.deepStrictEqual<ReadonlyArray<object>>(reply.choices, [
        { index: 0, text: "hi!", logprobs: null, finish_reason: "stop", stop_reason: "</a>" } as object
      ])
      assert.deepStrictEqual<object | undefined>(reply.usage, {
        prompt_tokens: 2,
        completion_tokens: 7,
        total_tokens: 9,
        prompt_tokens_details: { cached_tokens: 1 }
      })
    })
  )

  it.live("ends at the length, after sixteen tokens if nothing is said, or at the end of the text", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: (prompt) => prompt.repeat(20) }))
      const ends = yield* called(() =>
        Promise.all(
          [{ max_tokens: 3 }, {}, { max_tokens: 200 }].map((limit) =>
            client.completions.create({ model: "scripted", prompt: "x", ...limit })
          )
        )
      )
      const end = (text: string, finish_reason: string) => [
        { index: 0, text, logprobs: null, finish_reason, stop_reason: null }
      ]
      assert.deepStrictEqual<ReadonlyArray<unknown>>(
        ends.map(({ choices }) => choices),
        [end("xxx", "length"), end("x".repeat(16), "length"), end("x".repeat(20), "stop")]
      )
    })
  )

  it.live("numbers the choices of several prompts and n, and counts a prompt once", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: (prompt, seed) => `${prompt}${seed}` }))
      const reply = yield* called(() =>
        client.completions.create({ model: "scripted", prompt: ["a", "bc"], n: 2, seed: 5 })
      )
      assert.deepStrictEqual(
        reply.choices.map(({ index, text }) => [index, text]),
        [
          [0, "a5"],
          [1, "a6"],
          [2, "bc5"],
          [3, "bc6"]
        ]
      )
      assert.strictEqual(reply.usage?.prompt_tokens, 3)
    })
  )

  it.live("takes prompts of token ids", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript(echoing))
      const one = yield* called(() => client.completions.create({ ...asked, prompt: [104, 105] }))
      const two = yield* called(() => client.completions.create({ ...asked, prompt: [[104], [105]] }))
      assert.deepStrictEqual(
        [one, two].map((reply) => reply.choices.map(({ text }) => text)),
        [["hi!"], ["h!", "i!"]]
      )
    })
  )

  it.live("tells log-probabilities in lists side by side", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "de" }))
      const alternatives = yield* called(() =>
        client.completions.create({ model: "scripted", prompt: "x", logprobs: 2, max_tokens: 2 })
      )
      assert.deepStrictEqual<object | null | undefined>(alternatives.choices[0]?.logprobs, {
        tokens: ["d", "e"],
        token_logprobs: [0, -0.01],
        top_logprobs: [
          { d: 0, e: -1 },
          { e: -0.01, f: -1.01 }
        ],
        text_offset: [0, 1]
      })
      const own = yield* called(() =>
        client.completions.create({ model: "scripted", prompt: "x", logprobs: 0, max_tokens: 1 })
      )
      assert.deepStrictEqual<object | null | undefined>(own.choices[0]?.logprobs, {
        tokens: ["d"],
        token_logprobs: [0],
        top_logprobs: null,
        text_offset: [0]
      })
    })
  )

  it.live("echoes the prompt before the text and the log-probabilities", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "c" }))
      const { choices } = yield* called(() =>
        client.completions.create({ model: "scripted", prompt: "ab", echo: true, logprobs: 1, max_tokens: 1 })
      )
      assert.strictEqual(choices[0]?.text, "abc")
      assert.deepStrictEqual<object | null | undefined>(choices[0]?.logprobs, {
        tokens: ["a", "b", "c"],
        token_logprobs: [null, -0.98, -0.99],
        top_logprobs: [null, { b: -0.98 }, { c: -0.99 }],
        text_offset: [0, 1, 2]
      })
    })
  )

  it.live("tells token ids as vLLM does", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ reply: () => "d" })
      const told = { return_token_ids: true, return_tokens_as_token_ids: true, logprobs: 0, max_tokens: 1 }
      const { json } = yield* ask(server, "/v1/completions", { prompt: "ab", ...told })
      assert.nestedPropertyVal(json, "choices[0].logprobs.tokens[0]", "token_id:100")
      assert.nestedPropertyVal(json, "choices[0].token_ids[0]", 100)
      assert.nestedPropertyVal(json, "choices[0].prompt_token_ids[1]", 98)
    })
  )

  it.live("streams the text piece by piece, and the usage at the end", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript(echoing))
      const chunks = yield* called(async () =>
        collect(await client.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } }))
      )
      const last = chunks.at(-1)
      assert.deepInclude(last?.usage, { prompt_tokens: 2, completion_tokens: 7, total_tokens: 9 })
      assert.deepStrictEqual(last?.choices, [])
      const told = chunks.slice(0, -1).map(({ choices: [choice] }) => [choice?.text, choice?.finish_reason])
      assert.deepStrictEqual<ReadonlyArray<unknown>>(told, [
        ["h", null],
        ["i", null],
        ["!", null],
        ["", "stop"]
      ])
      assert.isTrue(chunks.slice(0, -1).every(({ usage }) => usage === null))
    })
  )

  it.live("streams the prompt first when it is echoed, and log-probabilities with their offsets", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "cd" }))
      const stream = { model: "scripted", prompt: "ab", max_tokens: 2, stream: true } as const
      const echoed = yield* called(async () => collect(await client.completions.create({ ...stream, echo: true })))
      assert.deepStrictEqual(
        echoed.map(({ choices }) => choices[0]?.text),
        ["abc", "d", ""]
      )
      const told = yield* called(async () => collect(await client.completions.create({ ...stream, logprobs: 0 })))
      assert.deepStrictEqual(
        told.map(({ choices }) => choices[0]?.logprobs?.text_offset),
        [[0], [1], undefined]
      )
    })
  )

  it.live("refuses a model that is not here", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript())
      const refused = yield* refusal(() => client.completions.create({ ...asked, model: "gpt-9" }))
      assert.deepInclude(refused, { status: 404, code: "model_not_found", param: "model" })
      assert.include(refused.message, '"gpt-9"')
    })
  )

  const wrong: ReadonlyArray<readonly [what: string, body: object, param: string | null, hint: string]> = [
    ["no prompt", {}, null, 'missing key "prompt"'],
    ["an empty prompt", { prompt: "" }, "prompt", "no tokens"],
    ["no prompts", { prompt: [] }, "prompt", "at least one"],
    ["a number for a prompt", { prompt: 5 }, "prompt", "5"],
    ["a mixed list", { prompt: ["a", 5] }, "prompt[1]", "5"],
    ["a negative limit", { prompt: "a", max_tokens: -1 }, "max_tokens", "-1"],
    ["a text for a number", { prompt: "a", temperature: "hot" }, "temperature", "hot"],
    ["n of 0", { prompt: "a", n: 0 }, "n", "0"],
    ["best_of", { prompt: "a", best_of: 3 }, "best_of", "not supported"],
    ["a suffix", { prompt: "a", suffix: "z" }, "suffix", "not supported"],
    ["a penalty", { prompt: "a", presence_penalty: 0.5 }, "presence_penalty", "not supported"],
    ["a bias", { prompt: "a", logit_bias: { 5: 1 } }, "logit_bias", "not supported"],
    ["too many alternatives", { prompt: "a", logprobs: 21 }, "logprobs", "21"],
    [
      "a streamed echo with log-probabilities",
      { prompt: "a", echo: true, logprobs: 1, stream: true },
      "echo",
      "stream"
    ],
    ["a list for a body", [1], null, "expected"]
  ]
  it.live.each(wrong)("refuses %s and names the field", ([_, body, param, hint]) =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      const refused = yield* ask(server, "/v1/completions", body)
      const error = errorOf(refused)
      assert.strictEqual(refused.status, 400)
      assert.deepInclude(error, { type: "invalid_request_error", param })
      assert.include(error.message, hint)
      assert.deepStrictEqual(engine.jobs(), [])
    })
  )

  it.live("lets fields be that ask for nothing", () =>
    Effect.gen(function* () {
      const server = yield* serveScript()
      const neutral = {
        best_of: 1,
        suffix: null,
        logit_bias: {},
        presence_penalty: 0,
        n: null,
        user: "me",
        logprobs: null
      }
      assert.strictEqual((yield* ask(server, "/v1/completions", { prompt: "a", ...neutral })).status, 200)
    })
  )
})
