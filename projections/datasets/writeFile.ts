import { createHash } from "node:crypto"
import { Effect, FileSystem } from "effect"

const blockSize = 1024 * 1024

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

/**
 * The bytes of all pieces in large blocks. A block is overwritten when the next one is asked for: encoding text into one that
 * is there already takes a quarter of the time of making a buffer for each piece.
 */
const blocksOf = function* (pieces: Iterable<string | Uint8Array>): Iterable<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(blockSize)
  let used = 0
  for (const piece of pieces) {
    const most = typeof piece === "string" ? piece.length * bytesOfUnit : piece.length
    if (used > 0 && used + most > blockSize) {
      yield block.subarray(0, used)
      used = 0
    }
    if (most > blockSize) yield typeof piece === "string" ? Buffer.from(piece) : piece
    else if (typeof piece === "string") used += block.write(piece, used)
    else {
      block.set(piece, used)
      used += piece.length
    }
  }
  if (used > 0) yield block.subarray(0, used)
}

/** UTF-8 bytes of a UTF-16 code unit at most. */
const bytesOfUnit = 3
