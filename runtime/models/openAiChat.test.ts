import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { httpSettings, requestWith } from "../../test/servers/requests.ts"
import { chatProtocol } from "./openAiChat.ts"

const protocol = chatProtocol(httpSettings("chat"))

const reply = (choice: object) =>
  JSON.stringify({
    model: "qwen",
    usage: { prompt_tokens: 9, completion_tokens: 4 },
    choices: [{ message: { role: "assistant", content: "<search>who" }, finish_reason: "stop", ...choice }]
  })

describe("a chat request", () => {
  it("asks the server to write on in a turn that has begun", () => {
    assert.deepStrictEqual(protocol.encode(requestWith()), {
      model: "served-name",
      messages: [
        { role: "system", content: "Search before you answer." },
        { role: "user", content: "Who wrote it?" },
        { role: "assistant", content: "<think>" }
      ],
      temperature: 0,
      top_p: 1,
      max_tokens: 64,
      stop: ["</search>"],
      continue_final_message: true,
      add_generation_prompt: false
    })
  })

  it("begins a new turn when there is none yet, and has no empty parts", () => {
    const body = protocol.encode(requestWith({ assistant: "", system: "", sampling: { stop: [] } }))
    assert.deepStrictEqual(body.messages, [{ role: "user", content: "Who wrote it?" }])
    assert.notProperty(body, "continue_final_message")
    assert.notProperty(body, "stop")
  })

  it("sends the turn as a plain message to servers that cannot continue one", () => {
    const body = chatProtocol(httpSettings("chat", { assistantPrefix: "message" })).encode(requestWith())
    assert.deepInclude(body.messages, { role: "assistant", content: "<think>" })
    assert.notProperty(body, "continue_final_message")
    assert.notProperty(body, "add_generation_prompt")
  })

  it("switches thinking off in the server's template, and asks for log-probabilities", () => {
    const body = chatProtocol(httpSettings("chat", { thinking: "off", logProbs: true })).encode(requestWith())
    assert.deepStrictEqual(body.chat_template_kwargs, { enable_thinking: false })
    assert.strictEqual(body.logprobs, true)
  })
})

describe("a chat reply", () => {
  it("gets its stop string back", () => {
    const read = Result.getOrThrow(protocol.decode(reply({}), requestWith()))
    assert.deepStrictEqual(read, {
      text: "<search>who</search>",
      finishReason: "stop",
      model: "qwen",
      promptTokens: 9,
      completionTokens: 4
    })
  })

  it("gives log-probabilities, and token ids where tokens are written as ids", () => {
    const content = [
      { token: "token_id:5", logprob: -1, bytes: null },
      { token: "token_id:6", logprob: -2, bytes: null }
    ]
    const read = Result.getOrThrow(protocol.decode(reply({ logprobs: { content } }), requestWith()))
    assert.deepStrictEqual(read.logProbs, [-1, -2])
    assert.deepStrictEqual(read.tokenIds, [5, 6])
  })

  it("without content is no generation", () => {
    const body = reply({ message: { role: "assistant", content: null, reasoning_content: "hm" } })
    const failure = Result.getOrThrow(Result.flip(protocol.decode(body, requestWith())))
    assert.strictEqual(failure.reason, "malformed")
    assert.include(failure.detail, "no content")
  })
})
