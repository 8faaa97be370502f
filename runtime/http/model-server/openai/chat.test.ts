import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { eventually } from "../../../../test/support/smartsearch.ts"
import { called, collect, openAiClient } from "../testing/openAiClient.ts"
import { ask, errorOf, serveScript } from "../testing/servedScript.ts"

/** Writes its own prompt down, so that a test sees what the model was given. */
const parrot = { reply: (prompt: string) => prompt.replaceAll("\n", "|") }
const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Who?" }
] as const
const asked = { model: "scripted", messages: [...messages] }

describe("POST /v1/chat/completions, asked by OpenAI's client", () => {
  it.live("renders the messages and answers with the assistant's", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript(parrot))
      const reply = yield* called(() => client.chat.completions.create(asked))
      assert.match(reply.id, /^chatcmpl-[0-9a-f]{32}$/)
      assert.strictEqual(reply.object, "chat.completion")
      const content = "<system>Be brief.|<user>Who?|<assistant>"
      assert.deepStrictEqual<ReadonlyArray<object>>(reply.choices, [
        {
          index: 0,
          message: { role: "assistant", content, refusal: null },
          logprobs: null,
          finish_reason: "stop",
          stop_reason: null
        } as object
      ])
      assert.strictEqual(reply.usage?.prompt_tokens, content.length)
    })
  )

  it.live("takes contents in parts, and none", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript(parrot))
      const parts = ["a", "b"].map((text) => ({ type: "text" as const, text }))
      const reply = yield* called(() =>
        client.chat.completions.create({
          model: "scripted",
          messages: [
            { role: "user", content: parts },
            { role: "assistant", content: null },
            { role: "user", content: "c" }
          ]
        })
      )
      assert.strictEqual(reply.choices[0]?.message.content, "<user>ab|<assistant>|<user>c|<assistant>")
    })
  )

  it.live("writes on in a turn that has begun", () =>
    Effect.gen(function* () {
      const server = yield* serveScript(parrot)
      const body = {
        messages: [...messages, { role: "assistant", content: "<think>" }],
        continue_final_message: true
      }
      for (const prompt of [{}, { add_generation_prompt: false }]) {
        const { json } = yield* ask(server, "/v1/chat/completions", { ...body, ...prompt })
        const content = "<system>Be brief.|<user>Who?|<assistant><think>"
        assert.nestedPropertyVal(json, "choices[0].message.content", content)
      }
    })
  )

  it.live("limits the answer by either name, and else by the context", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript()
      const client = openAiClient(server)
      const limits = [{ max_tokens: 3 }, { max_completion_tokens: 4, max_tokens: 9 }, {}]
      for (const limit of limits) yield* called(() => client.chat.completions.create({ ...asked, ...limit }))
      const prompt = "<system>Be brief.\n<user>Who?\n<assistant>".length
      assert.deepStrictEqual(
        engine.jobs().map(({ sampling }) => sampling.maxNewTokens),
        [3, 4, 256 - prompt]
      )
    })
  )

  it.live("tells log-probabilities token by token, with the bytes of whole characters", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "é" }))
      const { choices } = yield* called(() =>
        client.chat.completions.create({ ...asked, logprobs: true, top_logprobs: 1, max_tokens: 1 })
      )
      const token = { token: "é", logprob: -0.33, bytes: [0xc3, 0xa9] }
      assert.deepStrictEqual<object | null | undefined>(choices[0]?.logprobs, {
        content: [{ ...token, top_logprobs: [token] }],
        refusal: null
      })
    })
  )

  it.live("gives n choices that differ by their seeds", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: (_, seed) => `${seed}` }))
      const reply = yield* called(() => client.chat.completions.create({ ...asked, n: 3, seed: 1 }))
      assert.deepStrictEqual(
        reply.choices.map(({ index, message }) => [index, message.content]),
        [
          [0, "1"],
          [1, "2"],
          [2, "3"]
        ]
      )
    })
  )

  it.live("streams the role, the content piece by piece, the end, and the usage", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "ab</a>" }))
      const chunks = yield* called(async () =>
        collect(
          await client.chat.completions.create({
            ...asked,
            stop: ["</a>"],
            stream: true,
            stream_options: { include_usage: true }
          })
        )
      )
      assert.isTrue(chunks.every(({ object }) => object === "chat.completion.chunk"))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(
        chunks.map(({ choices: [choice] }) => [choice?.delta, choice?.finish_reason]),
        [
          [{ role: "assistant", content: "" }, null],
          [{ content: "a" }, null],
          [{ content: "b" }, null],
          [{}, "stop"],
          [undefined, undefined]
        ]
      )
      assert.strictEqual(chunks.at(-1)?.usage?.completion_tokens, 6)
    })
  )

  it.live("streams several choices at once, each with its index", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: (_, seed) => `seed ${seed}`, pace: 1 }))
      const chunks = yield* called(async () =>
        collect(await client.chat.completions.create({ ...asked, n: 2, seed: 1, stream: true }))
      )
      const texts = ["", ""]
      for (const { choices } of chunks) {
        for (const { delta, index } of choices) texts[index] += delta.content ?? ""
      }
      assert.deepStrictEqual(texts, ["seed 1", "seed 2"])
    })
  )

  it.live("works through the client's own helper for streams", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* serveScript({ reply: () => "whole" }))
      const content = yield* called(() => client.chat.completions.stream(asked).finalContent())
      assert.strictEqual(content, "whole")
    })
  )

  it.live("forgets a reply that its client aborts, or stops reading", () =>
    Effect.gen(function* () {
      const { engine, ...server } = yield* serveScript({ reply: () => "x".repeat(100), pace: 20 })
      const client = openAiClient(server)
      const abort = new AbortController()
      const whole = client.chat.completions
        .create(asked, { signal: abort.signal })
        .catch((error: Error) => error.message)
      yield* eventually(() => engine.running() === 1, 5)
      abort.abort()
      assert.include(yield* called(() => whole), "aborted")
      yield* eventually(() => engine.running() === 0, 5)
      yield* called(async () => {
        for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
          if (choices[0]?.delta.content === "x") break
        }
      })
      yield* eventually(() => engine.running() === 0, 5)
      assert.strictEqual(engine.interrupted(), 2)
    })
  )

  const user = [{ role: "user", content: "a" }]
  const wrong: ReadonlyArray<readonly [what: string, body: object, param: string | null, hint: string]> = [
    ["no messages", {}, null, 'missing key "messages"'],
    ["an empty conversation", { messages: [] }, "messages", "at least one"],
    ["a message without a role", { messages: [{ content: "a" }] }, "messages[0]", "role"],
    ["a role the template refuses", { messages: [{ role: "tool", content: "a" }] }, "messages", "unknown role tool"],
    [
      "an image",
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      "messages[0].content[0].type",
      "text"
    ],
    ["tools", { messages: user, tools: [{ type: "function" }] }, "tools", "not supported"],
    ["JSON mode", { messages: user, response_format: { type: "json_object" } }, "response_format", "not supported"],
    ["alternatives alone", { messages: user, top_logprobs: 2 }, "top_logprobs", "logprobs: true"],
    [
      "going on with the user's turn",
      { messages: user, continue_final_message: true },
      "continue_final_message",
      '"user"'
    ],
    ["no turn to write", { messages: user, add_generation_prompt: false }, "add_generation_prompt", "begun"],
    [
      "two turns to write",
      { messages: user, continue_final_message: true, add_generation_prompt: true },
      "add_generation_prompt",
      "gone on with"
    ]
  ]
  it.live.each(wrong)("refuses %s and names the field", ([_, body, param, hint]) =>
    Effect.gen(function* () {
      const server = yield* serveScript()
      const refused = yield* ask(server, "/v1/chat/completions", body)
      const error = errorOf(refused)
      assert.strictEqual(refused.status, 400)
      assert.strictEqual(error.param, param)
      assert.include(error.message, hint)
    })
  )
})
