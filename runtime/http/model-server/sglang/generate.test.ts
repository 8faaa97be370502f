import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { endOfText } from "../testing/scriptedEngine.ts"
import { ask, errorOf, eventsOf, serveScript } from "../testing/servedScript.ts"

/** A reply without what differs from call to call. */
const comparable = (reply: unknown): unknown =>
  JSON.parse(JSON.stringify(reply), (key, value: unknown) =>
    key === "e2e_latency" || key === "id" ? undefined : value
  )

const reply = (text: string, output: string, rest: object = {}) => ({
  text,
  output_ids: [...output].map((character) => character.charCodeAt(0)),
  meta_info: {
    finish_reason: { type: "stop", matched: "</a>" },
    completion_tokens: output.length,
    cached_tokens: 1,
    ...rest
  }
})

const decodeReply = Schema.decodeUnknownSync(
  Schema.Struct({
    text: Schema.String,
    index: Schema.optionalKey(Schema.Int),
    meta_info: Schema.Record(Schema.String, Schema.Json)
  })
)

const echoing = { reply: (prompt: string) => `${prompt}!</a> and on` }
const listOf = (json: unknown) => (Array.isArray(json) ? json.map((item) => decodeReply(item)) : [])
const stop = { stop: "</a>" }

describe("POST /generate", () => {
  it.live("answers a text with a text, its tokens and how it ended", () =>
    Effect.gen(function* () {
      const server = yield* serveScript(echoing)
      const { json, status } = yield* ask(server, "/generate", { text: "hi", sampling_params: stop })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(comparable(json), reply("hi!", "hi!</a>", { prompt_tokens: 2 }))
    })
  )

  it.live("answers a list with a list, each prompt with its own sampling", () =>
    Effect.gen(function* () {
      const server = yield* serveScript(echoing)
      const sampling_params = [stop, { max_new_tokens: 2 }]
      const { json } = yield* ask(server, "/generate", { text: ["hi", "you"], sampling_params })
      const cut = { finish_reason: { type: "length", length: 2 }, prompt_tokens: 3 }
      assert.deepStrictEqual(comparable(json), [reply("hi!", "hi!</a>", { prompt_tokens: 2 }), reply("yo", "yo", cut)])
    })
  )

  it.live("takes token ids, one prompt or several", () =>
    Effect.gen(function* () {
      const server = yield* serveScript(echoing)
      const one = yield* ask(server, "/generate", { input_ids: [104, 105], sampling_params: stop })
      assert.deepStrictEqual(comparable(one.json), reply("hi!", "hi!</a>", { prompt_tokens: 2 }))
      const list = yield* ask(server, "/generate", { input_ids: [[104, 105]], sampling_params: stop })
      assert.deepStrictEqual(comparable(list.json), [reply("hi!", "hi!</a>", { prompt_tokens: 2 })])
    })
  )

  it.live("gives n sequences with seeds that differ, and names them after the request", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ reply: (_, seed) => `seed ${seed}` })
      const { json } = yield* ask(server, "/generate", {
        text: "x",
        rid: "mine",
        sampling_params: { n: 2, sampling_seed: 7 }
      })
      const told = listOf(json).map(({ meta_info, text }) => [meta_info.id, text])
      assert.deepStrictEqual(told, [
        ["mine_0", "seed 7"],
        ["mine_1", "seed 8"]
      ])
    })
  )

  it.live("passes the sampling on, with SGLang's defaults", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      yield* ask(server, "/generate", { text: "x" })
      yield* ask(server, "/generate", {
        text: "x",
        sampling_params: {
          temperature: 0.5,
          top_p: 0.9,
          top_k: 5,
          max_new_tokens: 3,
          stop: ["a", "b"],
          stop_token_ids: [4],
          ignore_eos: true,
          sampling_seed: 1
        }
      })
      assert.deepStrictEqual(
        engine.jobs().map(({ sampling }) => sampling),
        [
          { temperature: 1, topP: 1, topK: 0, maxNewTokens: 128, stop: [], stopTokens: [], ignoreEndOfText: false },
          {
            temperature: 0.5,
            topP: 0.9,
            topK: 5,
            maxNewTokens: 3,
            stop: ["a", "b"],
            stopTokens: [4],
            ignoreEndOfText: true,
            seed: 1
          }
        ]
      )
    })
  )

  it.live("tells log-probabilities of the new tokens, and of the prompt from where it is asked to", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ reply: () => "d" })
      const asked = { text: "abc", return_logprob: true, top_logprobs_num: 1, return_text_in_logprobs: true }
      const fromStart = yield* ask(server, "/generate", { ...asked, logprob_start_len: 0 })
      assert.deepInclude(decodeReply(fromStart.json).meta_info, {
        input_token_logprobs: [
          [null, 97, "a"],
          [-0.98, 98, "b"],
          [-0.99, 99, "c"]
        ],
        input_top_logprobs: [null, [[-0.98, 98, "b"]], [[-0.99, 99, "c"]]],
        output_token_logprobs: [
          [0, 100, "d"],
          [-0.03, endOfText, "\u0003"]
        ],
        output_top_logprobs: [[[0, 100, "d"]], [[-0.03, endOfText, "\u0003"]]]
      })
      const plain = yield* ask(server, "/generate", { text: "abc", return_logprob: true })
      assert.deepInclude(decodeReply(plain.json).meta_info, {
        input_token_logprobs: [],
        output_token_logprobs: [
          [0, 100, null],
          [-0.03, endOfText, null]
        ]
      })
      assert.notProperty(decodeReply(plain.json).meta_info, "output_top_logprobs")
    })
  )

  it.live("streams each sequence from its beginning on", () =>
    Effect.gen(function* () {
      const server = yield* serveScript({ reply: () => "abc" })
      const one = yield* ask(server, "/generate", { text: "x", stream: true, sampling_params: { max_new_tokens: 2 } })
      assert.include(one.headers.get("content-type"), "text/event-stream")
      const told = { prompt_tokens: 1, cached_tokens: 0 }
      const open = { finish_reason: null, ...told }
      assert.deepStrictEqual(eventsOf(one).map(comparable), [
        reply("a", "a", open),
        reply("ab", "ab", open),
        reply("ab", "ab", { ...told, finish_reason: { type: "length", length: 2 } }),
        "[DONE]"
      ])
      const two = yield* ask(server, "/generate", { text: ["x", "y"], stream: true })
      const last = new Map(
        eventsOf(two)
          .slice(0, -1)
          .map((event) => decodeReply(event))
          .map(({ index, text }) => [index, text])
      )
      assert.deepStrictEqual([...last].toSorted(), [
        [0, "abc"],
        [1, "abc"]
      ])
    })
  )

  const wrong: ReadonlyArray<readonly [what: string, body: object, param: string | null, hint: string]> = [
    ["no prompt", {}, "text", "either text or input_ids"],
    ["two prompts", { text: "a", input_ids: [1] }, "text", "either"],
    ["an empty prompt", { text: "" }, "text", "no tokens"],
    ["an empty list", { text: [] }, "text", "at least one"],
    ["an empty list of ids", { input_ids: [] }, "input_ids", "at least one"],
    ["a prompt of the wrong type", { text: 5 }, "text", "5"],
    ["a fraction for a token", { input_ids: [1.5] }, "input_ids[0]", "1.5"],
    [
      "a negative temperature",
      { text: "a", sampling_params: { temperature: -1 } },
      "sampling_params.temperature",
      "-1"
    ],
    ["top_p above 1", { text: "a", sampling_params: { top_p: 2 } }, "sampling_params.top_p", "2"],
    ["an empty stop string", { text: "a", sampling_params: { stop: "" } }, "sampling_params.stop", "stop"],
    ["too large an n", { text: "a", sampling_params: { n: 1000 } }, "sampling_params.n", "128"],
    ["a list of another length", { text: ["a"], sampling_params: [{}, {}] }, "sampling_params", "each of 1 prompts"],
    ["a start past the prompt", { text: "a", return_logprob: true, logprob_start_len: 2 }, "logprob_start_len", "2"],
    ["a grammar", { text: "a", sampling_params: { regex: "a+" } }, "sampling_params.regex", "not supported"],
    ["an image", { text: "a", image_data: "x.png" }, "image_data", "not supported"],
    ["too many sequences", { text: Array(100).fill("a"), sampling_params: { n: 100 } }, "n", "4096"]
  ]
  it.live.each(wrong)("refuses %s and names the field", ([_, body, param, hint]) =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      const refused = yield* ask(server, "/generate", body)
      const error = errorOf(refused)
      assert.strictEqual(refused.status, 400)
      assert.deepInclude(error, { type: "invalid_request_error", param })
      assert.include(error.message, hint)
      assert.deepStrictEqual(engine.jobs(), [])
    })
  )
})
