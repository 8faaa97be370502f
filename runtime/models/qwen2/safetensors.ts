import { randomBytes } from "node:crypto"
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, type Stats, writeSync } from "node:fs"
import { sizeOf } from "./config.ts"
import { ModelFolderError, onDisk } from "./folderError.ts"
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./halfFloats.ts"
import {
  encodeHeader,
  lengthBytes,
  longestHeader,
  parseHeader,
  type SafetensorsHeader,
  type StoredTensor,
  typeCodes,
  type WeightType
} from "./safetensorsHeader.ts"

/** An open safetensors file: its header is in memory, its numbers are read one tensor at a time. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly file: string
  /** The numbers of one tensor, row-major; throws a `ModelFolderError` for a name or type it does not have. */
  readonly read: (name: string) => Float32Array
}

/** A tensor to be written. */
export interface TensorSource {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  /** Called once, when its turn comes, so that no more than one tensor need be in memory. */
  readonly values: () => Float32Array
}

/**
 * Opens a file in the safetensors format (https://github.com/huggingface/safetensors#format). Throws a `ModelFolderError` when
 * its header is broken or does not fit the file. The file is held open only while something is read.
 */
export const openSafetensors = (file: string): SafetensorsFile => {
  const { header, identity } = reading(file, (descriptor) => {
    const stats = fstatSync(descriptor)
    return { header: readHeader(file, descriptor, stats.size), identity: identityOf(stats) }
  })
  const read = (name: string) => {
    const tensor = header.tensors.get(name)
    if (tensor === undefined) throw new ModelFolderError({ file, detail: `there is no tensor ${name} in it` })
    return reading(file, (descriptor) => {
      if (identityOf(fstatSync(descriptor)) !== identity) {
        throw new ModelFolderError({ file, detail: "it changed after it was opened; open the model again" })
      }
      return readTensor(file, descriptor, tensor)
    })
  }
  return { ...header, file, read }
}

/**
 * Writes a file in the safetensors format: the tensors in the order given, all of one number type. The file appears when it is
 * complete and on the disk; until then one that stands in its place stays. The same tensors give the same bytes.
 */
export const writeSafetensors = (
  file: string,
  tensors: ReadonlyArray<TensorSource>,
  type: WeightType,
  metadata: Readonly<Record<string, string>> = { format: "pt" }
): void => {
  const partial = `${file}.${randomBytes(4).toString("hex")}`
  try {
    onDisk(file, () => {
      withFile(partial, "wx", (descriptor) => {
        writeAll(descriptor, encodeHeader(tensors, type, metadata))
        for (const tensor of tensors) writeTensor(file, descriptor, tensor, type)
        fsyncSync(descriptor)
      })
      renameSync(partial, file)
    })
  } catch (cause) {
    rmSync(partial, { force: true })
    throw cause
  }
}

const withFile = <A>(file: string, flags: "r" | "wx", use: (descriptor: number) => A): A => {
  const descriptor = openSync(file, flags)
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const reading = <A>(file: string, use: (descriptor: number) => A): A => onDisk(file, () => withFile(file, "r", use))

/** Tells a file from another one that was put in its place. */
const identityOf = ({ dev, ino, size, mtimeMs }: Stats): string => `${dev} ${ino} ${size} ${mtimeMs}`

const readHeader = (file: string, descriptor: number, size: number): SafetensorsHeader => {
  const fail = (detail: string): never => {
    throw new ModelFolderError({ file, detail })
  }
  if (size < lengthBytes) fail(`is no safetensors file: it has ${size} bytes`)
  const length = Number(Buffer.from(readBytes(file, descriptor, 0, new Uint8Array(lengthBytes))).readBigUInt64LE())
  if (length > longestHeader) fail(`is no safetensors file: its header would have ${length} bytes`)
  const data = lengthBytes + length
  if (data > size) fail(`its header reaches ${data - size} bytes beyond its end; it was cut off, copy it again`)
  return parseHeader(file, readBytes(file, descriptor, lengthBytes, new Uint8Array(length)), { data, size })
}

/** Numbers that are converted at a time. */
const blockSize = 1 << 20

const decoders: ReadonlyMap<string, (halves: Uint16Array, values: Float32Array) => void> = new Map([
  [typeCodes.float16, fromFloat16],
  [typeCodes.bfloat16, fromBfloat16]
])

const encoders = { float16: toFloat16, bfloat16: toBfloat16 }

/** Arrays of numbers are little-endian, as the format is, on every machine that Node is built for but IBM's mainframes. */
const readTensor = (file: string, descriptor: number, { name, type, shape, start }: StoredTensor): Float32Array => {
  const values = new Float32Array(sizeOf(shape))
  if (type === typeCodes.float32) {
    readBytes(file, descriptor, start, bytesOf(values))
    return values
  }
  const decode = decoders.get(type)
  if (decode === undefined) {
    const known = Object.values(typeCodes).join(", ")
    throw new ModelFolderError({ file, detail: `${name} is stored as ${type}; only ${known} can be read` })
  }
  const block = new Uint16Array(Math.min(blockSize, values.length))
  for (let from = 0; from < values.length; from += blockSize) {
    const part = values.subarray(from, from + blockSize)
    const halves = block.subarray(0, part.length)
    readBytes(file, descriptor, start + from * halves.BYTES_PER_ELEMENT, bytesOf(halves))
    decode(halves, part)
  }
  return values
}

const writeTensor = (
  file: string,
  descriptor: number,
  { name, shape, values }: TensorSource,
  type: WeightType
): void => {
  const numbers = values()
  if (numbers.length !== sizeOf(shape)) {
    throw new ModelFolderError({ file, detail: `${name} has ${numbers.length} numbers, not [${shape}]` })
  }
  if (type === "float32") {
    writeAll(descriptor, bytesOf(numbers))
    return
  }
  const block = new Uint16Array(Math.min(blockSize, numbers.length))
  for (let from = 0; from < numbers.length; from += blockSize) {
    const part = numbers.subarray(from, from + blockSize)
    const halves = block.subarray(0, part.length)
    encoders[type](part, halves)
    writeAll(descriptor, bytesOf(halves))
  }
}

const bytesOf = (numbers: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)

/** Bytes in one call to the system, which takes less than 2^31. */
const mostAtOnce = 1 << 30

/** Fills `target` from a place in the file. */
const readBytes = (file: string, descriptor: number, position: number, target: Uint8Array): Uint8Array => {
  let done = 0
  while (done < target.length) {
    const count = readSync(descriptor, target, done, Math.min(target.length - done, mostAtOnce), position + done)
    if (count === 0) throw new ModelFolderError({ file, detail: "it was cut off while it was read" })
    done += count
  }
  return target
}

const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  let done = 0
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, mostAtOnce))
}
