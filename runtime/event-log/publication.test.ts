import { assert, describe, it } from "vitest"
import { AppendError } from "./errors.ts"
import { type EncodedPublication, encodePublication, readAck } from "./publication.ts"

describe("the reply to a publish", () => {
  it("tells where the message was stored", () => {
    assert.deepStrictEqual(readAck('{"stream":"S", "seq":12}'), { sequence: 12, duplicate: false })
    assert.deepStrictEqual(readAck('{"stream":"S","domain":"d","seq":7,"duplicate":false}'), {
      sequence: 7,
      duplicate: false
    })
  })

  it("tells that an earlier copy is there", () => {
    assert.deepStrictEqual(readAck('{"stream":"S", "seq":12,"duplicate": true}'), { sequence: 12, duplicate: true })
  })

  it("tells why the message was refused", () => {
    const refused = readAck('{"error":{"code":503,"err_code":10047,"description":"no space"},"stream":"S","seq":0}')
    assert.instanceOf(refused, AppendError)
    assert.include(refused, { reason: "refused", detail: "the broker refused an event: no space", retryable: false })
    assert.include(readAck("what?"), { reason: "refused", detail: "the broker refused an event: what?" })
  })

  it("says nothing yet when no stream answers, or its cluster has no leader", () => {
    assert.isUndefined(readAck(""))
    assert.isUndefined(readAck('{"error":{"code":503,"err_code":10008,"description":"temporarily unavailable"}}'))
  })
})

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** What the client sends as headers: it calls `encode`, which it does not declare. */
const encodedHeaders = ({ headers }: EncodedPublication): Uint8Array =>
  "encode" in headers && typeof headers.encode === "function" ? headers.encode() : new Uint8Array()

describe("a publication", () => {
  it("is encoded with its id and its headers, in UTF-8", () => {
    const encoded = encodePublication({
      subject: "s",
      body: "Zürich",
      messageId: "id-1",
      headers: { "ce-type": "Tested", error: "größer" }
    })
    const head = encodedHeaders(encoded)
    assert.strictEqual(decode(head), "NATS/1.0\r\nNats-Msg-Id: id-1\r\nce-type: Tested\r\nerror: größer\r\n\r\n")
    assert.strictEqual(decode(encoded.payload), "Zürich")
    assert.strictEqual(encoded.size, head.length + encoded.payload.length)
  })
})
