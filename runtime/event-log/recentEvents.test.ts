import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { RecentEvents } from "./recentEvents.ts"
import { queryScored } from "./testing/events.ts"

/** The stored text of an event, counting how often it was asked for. */
const stored = (event: AnyEvent, sequence: number) => {
  const asked = { times: 0 }
  const text = () => {
    asked.times++
    return codec.encode(event)
  }
  return { message: { sequence, text }, asked }
}

describe("the events a process remembers", () => {
  it("are parsed once when others stored them", () => {
    const recent = new RecentEvents(100_000)
    const { asked, message } = stored(queryScored("read", 1), 7)
    const first = recent.decode(message)
    assert.deepStrictEqual(first, Result.succeed(queryScored("read", 1)))
    assert.strictEqual(recent.decode(message), first)
    assert.strictEqual(asked.times, 1)
  })

  it("are not even parsed when it stored them itself, and yet lose what their schema does not know", () => {
    const recent = new RecentEvents(100_000)
    const event = queryScored("own", 1)
    const { asked, message } = stored(event, 7)
    recent.stored(7, Object.assign({}, event, { mood: "good" }), 1000)
    assert.deepStrictEqual(recent.decode(message), Result.succeed(event))
    assert.strictEqual(asked.times, 0)
  })

  it("are what their text says where JSON says less than the actor did", () => {
    const recent = new RecentEvents(100_000)
    const event = queryScored("own", 1)
    const { message } = stored(event, 7)
    const vague: AnyEvent = Object.assign({}, event, { traceparent: undefined })
    recent.stored(7, vague, 1000)
    const decoded = Result.getOrThrow(recent.decode(message))
    assert.deepStrictEqual(decoded, event)
    assert.strictEqual(recent.decode(message), recent.decode(message))
  })

  it("are the newest ones, as many as have room", () => {
    const events = [1, 2, 3].map((sequence) => stored(queryScored("many", sequence), sequence))
    const length = codec.encode(queryScored("many", 1)).length
    const recent = new RecentEvents(2 * length)
    for (const { message } of events) recent.decode(message)
    for (const { message } of events.toReversed()) recent.decode(message)
    assert.deepStrictEqual(
      events.map(({ asked }) => asked.times),
      [2, 1, 1]
    )
  })
})
