import { describe, expect, it } from "vitest"
import { codec } from "../../../events/codec.ts"
import { eventSubject } from "../../../events/subjects.ts"
import { toldEvents } from "../testing/toldLog.ts"
import { correlationHash } from "./correlation.ts"
import { decodeIndex, encodeSegment } from "./segmentIndex.ts"

const events = toldEvents(5).map((event, i) => ({
  sequence: 101 + i,
  subject: eventSubject(event.type, event.runid),
  body: Buffer.from(codec.encode(event))
}))

const encoded = () => {
  const segment = encodeSegment("stream", 3, events)
  if (segment === undefined) throw new Error("too large")
  return { index: segment.index, bodies: Buffer.concat(segment.bodies) }
}

describe("a segment", () => {
  it("gives every event back, in order, with its subject", () => {
    const { bodies, ...files } = encoded()
    const index = decodeIndex(files.index)
    expect(index).toMatchObject({ stream: "stream", segment: 3, first: 101, bytes: bodies.length })
    expect(
      events.map((_, i) => ({
        sequence: (index?.first ?? 0) + (index?.sequence[i] ?? 0),
        subject: index?.subjects[index.subject[i] ?? -1]?.subject,
        body: bodies.subarray(index?.start[i], index?.end[i])
      }))
    ).toEqual(events)
  })

  it("keeps the events of a subject together, one a line", () => {
    const { bodies, index: file } = encoded()
    for (const { subject, start, end } of decodeIndex(file)?.subjects ?? []) {
      const lines = bodies.toString("utf8", start, end).split("\n").slice(0, -1)
      expect(lines).toEqual(events.filter((event) => event.subject === subject).map(({ body }) => body.toString()))
    }
  })

  it("has no index that was cut off, changed, or is none", () => {
    const { index } = encoded()
    expect(decodeIndex(index.subarray(0, index.length - 1))).toBeUndefined()
    expect(decodeIndex(Buffer.alloc(0))).toBeUndefined()
    expect(decodeIndex(Buffer.from("{}"))).toBeUndefined()
    for (const at of [0, 20, index.length - 1]) {
      const changed = Buffer.from(index)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(decodeIndex(changed)).toBeUndefined()
    }
  })
})

describe("the hash of a correlation id", () => {
  const hashOf = (event: object) => correlationHash(Buffer.from(JSON.stringify(event)))
  const [first, ...others] = toldEvents(2)

  it("is the same however the event was written", () => {
    for (const event of [first, ...others]) {
      if (event === undefined) continue
      const { correlationid, ...rest } = event
      const inData = { correlationid, ...rest, data: { ...event.data, correlationid: "another" } }
      expect(hashOf(event)).toBe(hashOf({ ...rest, correlationid }))
      expect(hashOf(event)).toBe(hashOf(inData))
      expect(hashOf(event)).toBe(correlationHash(Buffer.from(JSON.stringify(event, null, 2))))
    }
  })

  it("tells ids apart, whatever their characters are", () => {
    const ids = ["a", "b", "ä", "é", 'with "quotes"', "with \\", "日本"]
    expect(new Set(ids.map((correlationid) => hashOf({ ...first, correlationid }))).size).toBe(ids.length)
  })

  it("is 0 for what is no event", () => {
    for (const text of ["", "no JSON", "null", "3", "[]", '{"correlationid":3}']) {
      expect(correlationHash(Buffer.from(text))).toBe(0)
    }
  })
})
