import { createReadStream } from "node:fs"

/**
 * Hands every line of a file to `onLine`, as fast as straightforward code does: large chunks, lines cut out of them by their
 * ends. Node's `readline` takes half as long again and more.
 */
export const readLines = async (file: string, onLine: (line: string) => void): Promise<void> => {
  let rest: Buffer = Buffer.alloc(0)
  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1024 * 1024 })
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      onLine(bytes.toString("utf8", start, end))
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
  if (rest.length > 0) onLine(rest.toString())
}
