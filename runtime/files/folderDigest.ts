import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { readdir } from "node:fs/promises"
import { join, relative, sep } from "node:path"

/** What a folder holds, in one line. */
export interface FolderDigest {
  /** Of the names and the sha256 of all its files, however deep; equal files under equal names give equal digests. */
  readonly sha256: string
  /** Of all files together. */
  readonly bytes: number
}

/** Digests a folder file by file, without holding one in memory. Hidden files and folders do not count. */
export const digestFolder = async (folder: string): Promise<FolderDigest> => {
  const whole = createHash("sha256")
  let bytes = 0
  for (const file of await filesIn(folder)) {
    const digest = await digestFile(file)
    whole.update(`${digest.sha256}  ${relative(folder, file).split(sep).join("/")}\n`)
    bytes += digest.bytes
  }
  return { sha256: whole.digest("hex"), bytes }
}

/** Digests one file. */
export const digestFile = async (file: string): Promise<FolderDigest> => {
  const hash = createHash("sha256")
  let bytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest("hex"), bytes }
}

/** Every file below a folder, in the order of their names. */
const filesIn = async (folder: string): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const visible = entries
    .filter(({ name }) => !name.startsWith("."))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
  const found = await Promise.all(
    visible.map((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
  )
  return found.flat()
}
