import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { httpSettings, requestWith } from "../../test/servers/requests.ts"
import { sglangProtocol } from "./sglang.ts"

const protocol = sglangProtocol(httpSettings("sglang"))

const reply = (meta: object, text = "why</think>\n<search>who") =>
  JSON.stringify({
    text,
    meta_info: {
      finish_reason: { type: "stop", matched: "</search>" },
      prompt_tokens: 9,
      completion_tokens: 4,
      ...meta
    }
  })

const failureOf = (body: string) => Result.getOrThrow(Result.flip(protocol.decode(body, requestWith())))

describe("a request to SGLang", () => {
  it("holds the prompt as text and the sampling under SGLang's names", () => {
    assert.deepStrictEqual(protocol.encode(requestWith({ sampling: { temperature: 0.6, topP: 0.99, seed: 7 } })), {
      text: "<|im_start|>system\nSearch before you answer.<|im_end|>\n<|im_start|>user\nWho wrote it?<|im_end|>\n<|im_start|>assistant\n<think>",
      sampling_params: {
        temperature: 0.6,
        top_p: 0.99,
        max_new_tokens: 64,
        stop: ["</search>", "<|im_end|>"],
        sampling_seed: 7
      }
    })
  })

  it("asks for log-probabilities and carries further fields when the settings say so", () => {
    const body = sglangProtocol(httpSettings("sglang", { logProbs: true, extra: { lora_path: "student" } })).encode(
      requestWith()
    )
    assert.strictEqual(body.return_logprob, true)
    assert.strictEqual(body.lora_path, "student")
  })
})

describe("a reply of SGLang", () => {
  it("gets its stop string back and keeps the counts", () => {
    assert.deepStrictEqual(Result.getOrThrow(protocol.decode(reply({}), requestWith())), {
      text: "why</think>\n<search>who</search>",
      finishReason: "stop",
      model: "served-name",
      promptTokens: 9,
      completionTokens: 4
    })
  })

  it("is left as it is when an end-of-text token matched", () => {
    const body = reply({ finish_reason: { type: "stop", matched: 151645 } }, "<search>who")
    assert.strictEqual(Result.getOrThrow(protocol.decode(body, requestWith())).text, "<search>who")
  })

  it("gives token ids and log-probabilities", () => {
    const body = reply({
      output_token_logprobs: [
        [-0.5, 11, null],
        [-0.25, 12, "b"],
        [0, 13]
      ]
    })
    const { logProbs, tokenIds } = Result.getOrThrow(protocol.decode(body, requestWith()))
    assert.deepStrictEqual(tokenIds, [11, 12, 13])
    assert.deepStrictEqual(logProbs, [-0.5, -0.25, 0])
  })

  it("gives no log-probabilities rather than a list with holes", () => {
    const body = reply({
      output_token_logprobs: [
        [-0.5, 11, null],
        [null, 12, null]
      ]
    })
    const read = Result.getOrThrow(protocol.decode(body, requestWith()))
    assert.deepStrictEqual(read.tokenIds, [11, 12])
    assert.notProperty(read, "logProbs")
  })

  it("that used up its tokens is a generation that ended for length", () => {
    const body = reply({ finish_reason: { type: "length", length: 64 }, completion_tokens: 64 })
    const read = Result.getOrThrow(protocol.decode(body, requestWith()))
    assert.strictEqual(read.finishReason, "length")
    assert.strictEqual(read.text, "why</think>\n<search>who")
  })

  it("that was cut off before its limit is worth another try, unless the settings keep it", () => {
    const body = reply({ finish_reason: { type: "length", length: 4 } })
    const failure = failureOf(body)
    assert.strictEqual(failure.reason, "malformed")
    assert.isTrue(failure.retryable)
    assert.include(failure.detail, "4 of 64 tokens")
    const keeping = sglangProtocol(httpSettings("sglang", { cutShort: "keep" }))
    assert.strictEqual(Result.getOrThrow(keeping.decode(body, requestWith())).finishReason, "length")
  })

  it("that was aborted is worth another try", () => {
    const failure = failureOf(reply({ finish_reason: { type: "abort", message: "out of memory" } }))
    assert.strictEqual(failure.reason, "malformed")
    assert.include(failure.detail, "out of memory")
    assert.isTrue(failure.retryable)
  })

  it.each([
    ["an HTML page", "<html>Bad Gateway</html>", "Bad Gateway"],
    ["half a JSON text", reply({}).slice(0, -3), "meta_info"],
    ["nothing", "", '""'],
    ["JSON of another shape", `{"text":"a"}`, "meta_info"],
    ["a list", "[]", "[]"]
  ])("cannot be read from %s", (_, body, hint) => {
    const failure = failureOf(body)
    assert.strictEqual(failure.reason, "malformed")
    assert.isTrue(failure.retryable)
    assert.include(failure.detail, hint)
  })
})
