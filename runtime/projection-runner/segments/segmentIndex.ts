import { crc32 } from "node:zlib"
import { correlationHash } from "./correlation.ts"
import type { StoredEvent } from "./segment.ts"

/**
 * What lies where in a segment's file of bodies: one entry for each event, in the log's order, as columns. Event bodies lie
 * subject by subject, so that a reader of some types reads a few stretches of the file.
 */
export interface SegmentIndex {
  /** The stream that it was copied from. */
  readonly stream: string
  readonly segment: number
  /** Sequence of its first event. */
  readonly first: number
  /** Size of the file of bodies. */
  readonly bytes: number
  /** Subjects that occur, each with its stretch of the file. */
  readonly subjects: ReadonlyArray<{ readonly subject: string; readonly start: number; readonly end: number }>
  /** Sequence, counted from `first`. */
  readonly sequence: Uint32Array
  /** Which of `subjects`. */
  readonly subject: Uint32Array
  /** Hash of the correlation id. */
  readonly correlation: Uint32Array
  /** Where the body lies in the file, without the line's end. */
  readonly start: Uint32Array
  readonly end: Uint32Array
  /** CRC-32 of the body. */
  readonly checksum: Uint32Array
}

const columns = ["sequence", "subject", "correlation", "start", "end", "checksum"] as const
const magic = "SSSEG001"
/** Magic, CRC-32 of all that follows, length of the head. */
const prefixSize = magic.length + 8
const lineEnd = Buffer.from("\n")

/** Bodies beyond this stay in the broker: offsets have 32 bits, and nobody's log has events of 128 KB on average. */
const largest = 1024 * 1024 * 1024

/** The two files of a segment; undefined when its bodies are too large for one. Events must be in the log's order. */
export const encodeSegment = (
  stream: string,
  segment: number,
  events: ReadonlyArray<StoredEvent>
): { readonly index: Buffer; readonly bodies: ReadonlyArray<Uint8Array> } | undefined => {
  const first = events[0]?.sequence ?? 0
  const names = [...new Set(events.map(({ subject }) => subject))].sort()
  const numbers = new Map(names.map((name, number) => [name, number]))
  const column = () => new Uint32Array(events.length)
  const index = {
    sequence: column(),
    subject: column(),
    correlation: column(),
    start: column(),
    end: column(),
    checksum: column()
  }
  const bySubject: ReadonlyArray<Array<number>> = names.map(() => [])
  for (const [i, { sequence, subject, body }] of events.entries()) {
    const number = numbers.get(subject) ?? 0
    index.sequence[i] = sequence - first
    index.subject[i] = number
    index.correlation[i] = correlationHash(body)
    index.checksum[i] = crc32(body)
    bySubject[number]?.push(i)
  }
  const bodies: Array<Uint8Array> = []
  let bytes = 0
  const subjects = names.map((subject, number) => {
    const start = bytes
    for (const i of bySubject[number] ?? []) {
      const body = events[i]?.body ?? lineEnd
      index.start[i] = bytes
      bytes += body.length
      index.end[i] = bytes
      bytes += lineEnd.length
      bodies.push(body, lineEnd)
    }
    return { subject, start, end: bytes }
  })
  if (bytes > largest) return undefined
  const head = Buffer.from(JSON.stringify({ stream, segment, first, bytes, subjects, events: events.length }))
  const content = Buffer.concat([
    head,
    Buffer.alloc(padding(head.length), " "),
    ...columns.map((name) => Buffer.from(index[name].buffer))
  ])
  const prefix = Buffer.alloc(prefixSize)
  prefix.write(magic, "latin1")
  prefix.writeUInt32LE(crc32(content), magic.length)
  prefix.writeUInt32LE(head.length + padding(head.length), magic.length + 4)
  return { index: Buffer.concat([prefix, content]), bodies }
}

/** Columns begin at multiples of their elements' size. */
const padding = (length: number): number => (4 - (length % 4)) % 4

/** Reads an index; undefined when it is not whole or no index at all. */
export const decodeIndex = (file: Buffer): SegmentIndex | undefined => {
  if (file.length < prefixSize || file.toString("latin1", 0, magic.length) !== magic) return undefined
  const content = file.subarray(prefixSize)
  if (crc32(content) !== file.readUInt32LE(magic.length)) return undefined
  const headSize = file.readUInt32LE(magic.length + 4)
  const {
    events,
    ...head
  }: Pick<SegmentIndex, "stream" | "segment" | "first" | "bytes" | "subjects"> & { events: number } =
    // The checksum says that this is what `encodeSegment` wrote.
    JSON.parse(content.toString("utf8", 0, headSize))
  const column = (number: number) => {
    const values = new Uint32Array(events)
    const from = headSize + number * values.byteLength
    content.copy(Buffer.from(values.buffer), 0, from, from + values.byteLength)
    return values
  }
  return {
    ...head,
    sequence: column(0),
    subject: column(1),
    correlation: column(2),
    start: column(3),
    end: column(4),
    checksum: column(5)
  }
}
