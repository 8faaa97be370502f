import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { codec, makeEvent } from "./codec.ts"
import type { EventDefinition } from "./define.ts"
import { dataschemaOf, Envelope } from "./envelope.ts"
import { registry } from "./registry.ts"

/** Whole events of one type in its current version, as a schema: the source of the properties' examples. */
const eventSchema = ({ type, version, schema }: EventDefinition<string, unknown>) =>
  Schema.Struct({
    ...Envelope.fields,
    type: Schema.Literal(type),
    dataschema: Schema.Literal(dataschemaOf(type, version)),
    data: schema
  })

const completed = {
  specversion: "1.0",
  id: "a1",
  source: "/actors/run-monitor/1",
  type: "RunCompleted",
  subject: "demo",
  time: "2026-01-05T10:00:00.000Z",
  dataschema: "urn:smartsearch:event:RunCompleted:1",
  runid: "demo",
  correlationid: "demo",
  causationid: "a0",
  data: { trajectories: 2, branches: 1, failed: 0, parked: 0 }
}

const refusal = (message: unknown) =>
  Result.match(codec.decode(typeof message === "string" ? message : JSON.stringify(message)), {
    onFailure: (error) => error,
    onSuccess: () => undefined
  })

describe("every event", () => {
  for (const definition of Object.values(registry)) {
    const schema = eventSchema(definition)
    const same = Schema.toEquivalence(schema)
    it.prop(
      `${definition.type}: what is encoded decodes to the same`,
      [schema],
      ([event]) => {
        const text = JSON.stringify(event)
        const decoded = Result.getOrThrow(codec.decode(text))
        assert.isTrue(same(Schema.decodeUnknownSync(schema)(decoded), event))
        assert.strictEqual(codec.encode(decoded), JSON.stringify(JSON.parse(codec.encode(decoded))))
        const unnamed = { ...event, data: Object.assign({}, event.data, { mood: { good: [1, undefined] } }) }
        assert.deepStrictEqual(Result.map(codec.read(unnamed), codec.encode), Result.succeed(codec.encode(decoded)))
      },
      { arbitrary: { runs: 50 } }
    )
  }
})

describe("what is no event", () => {
  it.each([
    ["", "malformed"],
    ["{", "malformed"],
    ["null", "malformed"],
    ["[]", "unknown-type"],
    ["5", "malformed"],
    [{}, "unknown-type"],
    [{ ...completed, type: "RunDreamt" }, "unknown-type"],
    [{ ...completed, type: "toString" }, "unknown-type"],
    [{ ...completed, dataschema: "urn:smartsearch:event:RunCompleted:2" }, "future-version"],
    [{ ...completed, dataschema: "urn:smartsearch:event:RunCompleted:0" }, "malformed"],
    [{ ...completed, dataschema: "https://example.org/RunCompleted" }, "malformed"],
    [{ ...completed, dataschema: undefined }, "malformed"],
    [{ ...completed, id: "" }, "malformed"],
    [{ ...completed, specversion: "0.3" }, "malformed"],
    [{ ...completed, data: undefined }, "malformed"],
    [{ ...completed, data: { ...completed.data, parked: -1 } }, "malformed"],
    [{ ...completed, data: { ...completed.data, parked: "0" } }, "malformed"]
  ] as const)("%j is refused as %s", (message, reason) => {
    assert.strictEqual(refusal(message)?.reason, reason)
  })

  it("is refused with the event's type and id and what was wrong", () => {
    const error = refusal({ ...completed, data: { ...completed.data, parked: -1 } })
    assert.include(error?.message, "event a1 (RunCompleted): ")
    assert.include(error?.message, "parked")
  })

  it.prop("never makes the codec throw", [Schema.String, Schema.Json], ([text, json]) => {
    assert.isTrue(Result.isFailure(codec.decode(text)))
    assert.isTrue(Result.isFailure(codec.decode(JSON.stringify(json))))
    codec.decode(JSON.stringify({ ...completed, data: json }))
  })
})

describe("an event that is read", () => {
  it("loses what its schema does not know", () => {
    const decoded = Result.getOrThrow(codec.decode(JSON.stringify({ ...completed, mood: "good" })))
    assert.deepStrictEqual(JSON.parse(codec.encode(decoded)), completed)
  })
})

describe("makeEvent", () => {
  const context = {
    source: "/actors/run-monitor/1",
    runid: "demo",
    causationid: "a0",
    correlationid: "demo",
    ordinal: 0,
    time: "2026-01-05T10:00:00.000Z"
  }
  const completion = { type: "RunCompleted", subject: "demo", data: completed.data } as const

  it("completes the envelope of an event that the codec reads", () => {
    const event = makeEvent(completion, context)
    assert.deepStrictEqual(Result.getOrThrow(codec.decode(codec.encode(event))), event)
    assert.strictEqual(event.dataschema, "urn:smartsearch:event:RunCompleted:1")
    assert.match(event.traceparent ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it("names what is decided again the same, whenever that happens", () => {
    const later = { ...context, time: "2027-01-01T00:00:00.000Z" }
    assert.strictEqual(makeEvent(completion, context).id, makeEvent(completion, later).id)
  })

  it("keeps the cause's correlation unless the event has its own", () => {
    assert.strictEqual(makeEvent(completion, context).correlationid, "demo")
    assert.strictEqual(makeEvent({ ...completion, correlationid: "q1" }, context).correlationid, "q1")
  })
})
