import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writevSync
} from "node:fs"
import { join } from "node:path"
import type { ReadStretch } from "./pieces.ts"
import type { Segmentation, StoredEvent } from "./segment.ts"
import { decodeIndex, encodeSegment, type SegmentIndex } from "./segmentIndex.ts"

const indexEnding = ".index"
const bodiesEnding = ".ndjson"
const partEnding = ".part"

/** Tells apart what this process is writing. */
let written = 0

/** A file that was being written for this long was left behind by a process that died. Milliseconds. */
const abandoned = 600_000

/** Files that stay open at a time: readers come back to a file for one trajectory after the other. */
const mostOpened = 64

/** What it takes to open a store, in this thread or another. */
export interface StoreLocation extends Segmentation {
  readonly folder: string
  /** Identity of the stream whose segments it keeps. */
  readonly stream: string
}

/**
 * Copies of a stream's segments in a folder of their own, two files each: the bodies, and the index that vouches for them.
 *
 * Any number of processes may read and write at the same time: files appear whole, and one process's copy of a segment is like
 * the other's. What can't be read, is not whole, or was copied from another stream counts as not there.
 */
export class SegmentStore implements Segmentation {
  readonly folder: string
  readonly stream: string
  readonly size: number
  /** By path. */
  readonly #opened = new Map<string, number>()

  constructor({ folder, size, stream }: StoreLocation) {
    this.folder = folder
    this.stream = stream
    this.size = size
  }

  /** Numbers of the segments that seem to be there. */
  present(): ReadonlyArray<number> {
    return namesIn(this.folder)
      .filter((name) => /^\d{8}\.index$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((left, right) => left - right)
  }

  /** The index of a segment, once it is clear that it is whole, of this stream, and that its bodies are there. */
  index(segment: number): SegmentIndex | undefined {
    try {
      const index = decodeIndex(readFileSync(this.#path(segment, indexEnding)))
      const whole =
        index !== undefined &&
        index.stream === this.stream &&
        index.segment === segment &&
        statSync(this.#path(segment, bodiesEnding)).size === index.bytes
      return whole ? index : undefined
    } catch {
      return undefined
    }
  }

  /** A stretch of a segment's bodies, not verified yet; throws when the disk does not give it. */
  bodies(segment: number, start: number, end: number): Buffer {
    return this.#read(this.#path(segment, bodiesEnding), start, end)
  }

  #read(path: string, start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(end - start)
    const file = this.#open(path)
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, start + at)
      if (read === 0) throw new Error(`${path} ends early`)
      at += read
    }
    return bytes
  }

  #open(path: string): number {
    const known = this.#opened.get(path)
    if (known !== undefined) return known
    for (const oldest of [...this.#opened.keys()].slice(0, this.#opened.size - mostOpened + 1)) this.#forget(oldest)
    const file = openSync(path, "r")
    this.#opened.set(path, file)
    return file
  }

  /** Closes the files that were read; they are opened again when they are needed again. */
  close(): void {
    for (const path of [...this.#opened.keys()]) this.#forget(path)
  }

  #forget(path: string): void {
    const file = this.#opened.get(path)
    if (file !== undefined) closeSync(file)
    this.#opened.delete(path)
  }

  /** Keeps a segment; false when it is too large for the cache. Throws when the disk refuses, and leaves nothing half done. */
  write(segment: number, events: ReadonlyArray<StoredEvent>): boolean {
    const encoded = encodeSegment(this.stream, segment, events)
    if (encoded === undefined) return false
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    // The index last: bodies without one count as not there.
    this.#replace(segment, bodiesEnding, encoded.bodies)
    this.#replace(segment, indexEnding, [encoded.index])
    return true
  }

  /** Reads stretches of the condensed copy of a segment that this code made, not verified yet. */
  condensed(segment: number, code: string): ReadStretch {
    return (start, end) => this.#read(this.#path(segment, condensedEnding(code)), start, end)
  }

  /** Removes the condensed copies of a segment. */
  forgetCondensed(segment: number): void {
    this.#removeCondensed(segment)
  }

  hasCondensed(segment: number, code: string): boolean {
    return existsSync(this.#path(segment, condensedEnding(code)))
  }

  /** Keeps the condensed copy of a segment, instead of those that other code made. Throws when the disk refuses. */
  keepCondensed(segment: number, code: string, content: Uint8Array): void {
    this.#replace(segment, condensedEnding(code), [content])
    this.#removeCondensed(segment, condensedEnding(code))
  }

  remove(segment: number): void {
    this.#remove(this.#path(segment, indexEnding))
    this.#remove(this.#path(segment, bodiesEnding))
    this.#removeCondensed(segment)
  }

  #remove(path: string): void {
    this.#forget(path)
    rmSync(path, { force: true })
  }

  #removeCondensed(segment: number, but?: string): void {
    const beginning = `${numberOf(segment)}${condensedEnding("")}`
    for (const name of namesIn(this.folder)) {
      const stale = name.startsWith(beginning) && !name.endsWith(partEnding) && name !== `${numberOf(segment)}${but}`
      if (stale) this.#remove(join(this.folder, name))
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Removes what processes that died while writing left behind. */
  tidy(now: number): void {
    for (const name of namesIn(this.folder).filter((name) => name.endsWith(partEnding))) {
      const path = join(this.folder, name)
      const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now)
      if (age > abandoned) rmSync(path, { force: true })
    }
  }

  #replace(segment: number, ending: string, content: ReadonlyArray<Uint8Array>): void {
    const part = `${this.#path(segment, ending)}.${process.pid}-${written++}${partEnding}`
    try {
      writeWhole(part, content)
      this.#forget(this.#path(segment, ending))
      renameSync(part, this.#path(segment, ending))
    } catch (cause) {
      rmSync(part, { force: true })
      throw cause
    }
  }

  #path(segment: number, ending: string): string {
    return join(this.folder, `${numberOf(segment)}${ending}`)
  }
}

const numberOf = (segment: number): string => String(segment).padStart(8, "0")

const condensedEnding = (code: string): string => `.condensed-${code}`

/** Buffers that the system takes at once. */
const atOnce = 1024

const writeWhole = (path: string, content: ReadonlyArray<Uint8Array>): void => {
  const file = openSync(path, "w", 0o600)
  try {
    for (let from = 0; from < content.length; from += atOnce) {
      const buffers = content.slice(from, from + atOnce)
      const size = buffers.reduce((sum, { length }) => sum + length, 0)
      const written = writevSync(file, buffers)
      if (written < size) throw new Error(`${path}: no room for ${size - written} of ${size} bytes`)
    }
  } finally {
    closeSync(file)
  }
}

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
