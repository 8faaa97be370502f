import { crc32 } from "node:zlib"

const magic = "SSPIECE1"
/** Magic, CRC-32 of the head, length of the head. */
const prefixSize = magic.length + 8

interface Head {
  /** What the file is about. */
  readonly subject: string
  /** Size in bytes and CRC-32 of each piece. */
  readonly pieces: ReadonlyArray<readonly [size: number, checksum: number]>
}

/** Reads a stretch of a file; throws when it is not there. */
export type ReadStretch = (start: number, end: number) => Buffer

/** Gives the text of pieces that follow each other; undefined when one of them is not what was written. */
export type Pieces = (from: number, below: number) => ReadonlyArray<string> | undefined

/** Values as the JSON pieces of one file: each of them can be read, and vouched for, without the others. */
export const encodePieces = (subject: string, values: ReadonlyArray<object>): Buffer => {
  const pieces = values.map((value) => Buffer.from(JSON.stringify(value)))
  const head: Head = { subject, pieces: pieces.map((piece) => [piece.length, crc32(piece)]) }
  const text = Buffer.from(JSON.stringify(head))
  const prefix = Buffer.alloc(prefixSize)
  prefix.write(magic, "latin1")
  prefix.writeUInt32LE(crc32(text), magic.length)
  prefix.writeUInt32LE(text.length, magic.length + 4)
  return Buffer.concat([prefix, text, ...pieces])
}

/** Opens a file of pieces; undefined when it is not one about that subject. */
export const openPieces = (subject: string, read: ReadStretch): Pieces | undefined => {
  const prefix = read(0, prefixSize)
  if (prefix.toString("latin1", 0, magic.length) !== magic) return undefined
  const start = prefixSize + prefix.readUInt32LE(magic.length + 4)
  const text = read(prefixSize, start)
  if (crc32(text) !== prefix.readUInt32LE(magic.length)) return undefined
  const head: Head = JSON.parse(text.toString())
  if (head.subject !== subject) return undefined
  const starts = [start]
  for (const [size] of head.pieces) starts.push((starts.at(-1) ?? start) + size)
  return (from, below) => {
    const [first = start, end = start] = [starts[from], starts[below]]
    const bytes = read(first, end)
    const pieces = head.pieces.slice(from, below).map(([size, checksum], i) => {
      const at = (starts[from + i] ?? first) - first
      const piece = bytes.subarray(at, at + size)
      return crc32(piece) === checksum ? piece.toString() : undefined
    })
    return pieces.every((piece) => piece !== undefined) ? pieces : undefined
  }
}
