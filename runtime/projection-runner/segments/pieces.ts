import { crc32 } from "node:zlib"

const magic = "SSPIECE1"

interface Head {
  /** What the file is about. */
  readonly subject: string
  /** Size in bytes and CRC-32 of each piece. */
  readonly pieces: ReadonlyArray<readonly [size: number, checksum: number]>
}

/** Values as the JSON pieces of one file: each of them can be read, and vouched for, without the others. */
export const encodePieces = (subject: string, values: ReadonlyArray<object>): Buffer => {
  const pieces = values.map((value) => Buffer.from(JSON.stringify(value)))
  const head: Head = { subject, pieces: pieces.map((piece) => [piece.length, crc32(piece)]) }
  const text = JSON.stringify(head)
  return Buffer.concat([Buffer.from(`${magic} ${crc32(text)}\n${text}\n`), ...pieces])
}

/** Gives the pieces of a file by number; undefined where it is not what was written about that subject. */
export const decodePieces = (subject: string, file: Buffer): ((number: number) => string | undefined) | undefined => {
  const headStart = file.indexOf("\n") + 1
  const headEnd = file.indexOf("\n", headStart)
  if (headStart === 0 || headEnd < 0) return undefined
  const text = file.toString("utf8", headStart, headEnd)
  if (file.toString("latin1", 0, headStart - 1) !== `${magic} ${crc32(text)}`) return undefined
  const head: Head = JSON.parse(text)
  if (head.subject !== subject) return undefined
  const starts = [headEnd + 1]
  for (const [size] of head.pieces) starts.push((starts.at(-1) ?? 0) + size)
  return (number) => {
    const [size, checksum] = head.pieces[number] ?? [-1, 0]
    const start = starts[number] ?? 0
    const piece = file.subarray(start, start + size)
    return piece.length === size && crc32(piece) === checksum ? piece.toString() : undefined
  }
}
