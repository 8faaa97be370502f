import { createHash } from "node:crypto"
import { Effect, FileSystem } from "effect"

const blockSize = 256 * 1024

/** Writes a new file from its pieces and waits until it is on the disk; text becomes UTF-8. */
export const writeFile = Effect.fnUntraced(function* (path: string, pieces: Iterable<string | Uint8Array>) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(path, { flag: "wx" })
  const digest = createHash("sha256")
  let bytes = 0
  for (const block of blocksOf(pieces)) {
    digest.update(block)
    bytes += block.length
    yield* file.writeAll(block)
  }
  yield* file.sync
  return { sha256: digest.digest("hex"), bytes }
}, Effect.scoped)

/** Waits until the names in a folder are on the disk. */
export const syncFolder = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const handle = yield* fs.open(folder, { flag: "r" })
  yield* handle.sync
}, Effect.scoped)

/** The same bytes in fewer, larger pieces. */
const blocksOf = function* (pieces: Iterable<string | Uint8Array>): Iterable<Uint8Array> {
  let waiting: Array<Uint8Array> = []
  let size = 0
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece, "utf8") : piece
    waiting.push(bytes)
    size += bytes.length
    if (size < blockSize) continue
    yield Buffer.concat(waiting)
    waiting = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(waiting)
}
