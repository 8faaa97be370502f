import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { httpSettings, requestWith } from "../../test/servers/requests.ts"
import { completionsProtocol } from "./openAiCompletions.ts"

const protocol = completionsProtocol(httpSettings("completions"))

const reply = (choice: object, rest: object = {}) =>
  JSON.stringify({
    model: "qwen",
    usage: { prompt_tokens: 9, completion_tokens: 4 },
    choices: [{ text: "why</think>\n<search>who", finish_reason: "stop", ...choice }],
    ...rest
  })

const decode = (body: string) => Result.getOrThrow(protocol.decode(body, requestWith()))
const failureOf = (body: string) => Result.getOrThrow(Result.flip(protocol.decode(body, requestWith())))

describe("a request for a completion", () => {
  it("holds the prompt as text and the sampling under OpenAI's names", () => {
    assert.deepStrictEqual(protocol.encode(requestWith({ system: "", sampling: { stop: [], seed: 3 } })), {
      model: "served-name",
      prompt: "<|im_start|>user\nWho wrote it?<|im_end|>\n<|im_start|>assistant\n<think>",
      temperature: 0,
      top_p: 1,
      max_tokens: 64,
      stop: ["<|im_end|>"],
      seed: 3
    })
  })

  it("asks for log-probabilities when the settings say so", () => {
    const body = completionsProtocol(httpSettings("completions", { logProbs: true })).encode(requestWith())
    assert.strictEqual(body.logprobs, 1)
  })
})

describe("a completion", () => {
  it("names the model and the counts", () => {
    assert.deepStrictEqual(decode(reply({ stop_reason: "</search>" })), {
      text: "why</think>\n<search>who</search>",
      finishReason: "stop",
      model: "qwen",
      promptTokens: 9,
      completionTokens: 4
    })
  })

  it.each([
    ["vLLM, stop string", { stop_reason: "</search>" }, "</search>"],
    ["vLLM, end of text", { stop_reason: null }, ""],
    ["SGLang, stop string", { matched_stop: "</search>" }, "</search>"],
    ["SGLang, end of text", { matched_stop: 151645 }, ""],
    ["a server that does not tell", {}, "</search>"],
    ["a server that tells nothing with a null", { matched_stop: null }, "</search>"]
  ])("gets back the stop string that matched: %s", (_, told, stop) => {
    assert.strictEqual(decode(reply(told)).text, `why</think>\n<search>who${stop}`)
  })

  it("that ended for length gets no stop string", () => {
    const read = decode(reply({ finish_reason: "length" }, { usage: null, model: null }))
    assert.deepStrictEqual(read, { text: "why</think>\n<search>who", finishReason: "length", model: "served-name" })
  })

  it("gives log-probabilities, and token ids where tokens are written as ids", () => {
    const logprobs = { tokens: ["token_id:5", "token_id:6"], token_logprobs: [-1, -2] }
    const read = decode(reply({ logprobs }))
    assert.deepStrictEqual(read.tokenIds, [5, 6])
    assert.deepStrictEqual(read.logProbs, [-1, -2])
    const words = decode(reply({ logprobs: { ...logprobs, tokens: ["a", "b"] } }))
    assert.notProperty(words, "tokenIds")
    assert.deepStrictEqual(decode(reply({ logprobs: null, token_ids: [1, 2] })).tokenIds, [1, 2])
  })

  it.each([
    ["no choices", reply({}, { choices: [] }), "no choices"],
    ["an aborted generation", reply({ finish_reason: "abort" }), "abort"],
    ["an unfinished generation", reply({ finish_reason: null }), "null"],
    ["a choice without text", reply({ text: 5 }), "text"],
    ["an HTML page", "<html>", "<html>"]
  ])("cannot be read from %s", (_, body, hint) => {
    const failure = failureOf(body)
    assert.strictEqual(failure.reason, "malformed")
    assert.isTrue(failure.retryable)
    assert.include(failure.detail, hint)
  })

  it("withheld by a content filter will be withheld again", () => {
    const failure = failureOf(reply({ finish_reason: "content_filter" }))
    assert.strictEqual(failure.reason, "rejected")
    assert.isFalse(failure.retryable)
  })
})
