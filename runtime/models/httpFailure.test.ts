import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { brokenOff, statusFailure, unreachable, unsendable } from "./httpFailure.ts"

const status = (code: number, body = "", retryAfter?: string) =>
  statusFailure({ status: code, body, retryAfter }, Date.parse("2026-01-01T00:00:00Z"))

describe("an HTTP status", () => {
  it.each([
    [408, "timeout", true],
    [429, "rate-limited", true],
    [500, "server-error", true],
    [502, "overloaded", true],
    [503, "overloaded", true],
    [400, "rejected", false],
    [401, "rejected", false],
    [404, "rejected", false],
    [422, "rejected", false],
    [301, "rejected", false]
  ])("%i means %s, retryable: %s", (code, reason, retryable) => {
    const failure = status(code)
    assert.strictEqual(failure.reason, reason)
    assert.strictEqual(failure.retryable, retryable)
  })

  it.each([
    [`{"error":{"message":"too long","type":"x"}}`],
    [`{"error":"too long"}`],
    [`{"message":"too long","object":"error"}`],
    [`{"detail":"too long"}`],
    ["too\n  long"]
  ])("comes with the text of the error in %s", (body) => {
    assert.strictEqual(status(400, body).detail, `HTTP 400: "too long"`)
  })

  it("comes with the beginning of a long body only", () => {
    assert.isBelow(status(500, "x".repeat(100_000)).detail.length, 300)
  })

  it("says how long to wait, in seconds or as a date", () => {
    const wait = (header: string) => {
      const { retryAfter } = status(429, "", header)
      return retryAfter && Duration.toSeconds(retryAfter)
    }
    assert.strictEqual(wait("7"), 7)
    assert.strictEqual(wait("Thu, 01 Jan 2026 00:00:30 GMT"), 30)
    assert.strictEqual(wait("Wed, 31 Dec 2025 00:00:00 GMT"), 0)
    assert.isUndefined(wait("soon"))
  })
})

describe("a request without a whole reply", () => {
  const refused = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" })
  const error = new TypeError("fetch failed", { cause: refused })

  it("may find the server there next time, and tells the innermost cause", () => {
    const detail = "ECONNREFUSED: connect refused"
    assert.deepStrictEqual(unreachable(error), { reason: "unreachable", detail, retryable: true })
  })

  it("may come whole next time, when it broke off", () => {
    const detail = "the reply broke off: ECONNREFUSED: connect refused"
    assert.deepStrictEqual(brokenOff(error), { reason: "malformed", detail, retryable: true })
  })

  it("never works when it can't even be sent", () => {
    const failure = unsendable(new Error("invalid header"))
    assert.deepStrictEqual(failure, { reason: "rejected", detail: "invalid header", retryable: false })
  })
})
