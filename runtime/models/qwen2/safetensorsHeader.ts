import { Result, Schema } from "effect"
import { findingsOf } from "../../../config/issues.ts"
import { sizeOf } from "./config.ts"
import { ModelFolderError } from "./folderError.ts"

/** Number formats that weights have on disk; in memory they are float32. */
export type WeightType = "float32" | "float16" | "bfloat16"

/** How the safetensors format calls them. */
export const typeCodes: Readonly<Record<WeightType, string>> = { float32: "F32", float16: "F16", bfloat16: "BF16" }

/** Bytes of one number of each weight type. */
export const bytesPerNumber: Readonly<Record<WeightType, number>> = { float32: 4, float16: 2, bfloat16: 2 }

/** Where a tensor lies in its file. */
export interface StoredTensor {
  readonly name: string
  /** The format's code of the number type, such as `BF16`; not every type can be read. */
  readonly type: string
  readonly shape: ReadonlyArray<number>
  /** First byte, and the one after the last, counted from the beginning of the file. */
  readonly start: number
  readonly end: number
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** Bytes before the header: its length as a little-endian integer. */
export const lengthBytes = 8

/** The longest header the format allows, in bytes. */
export const longestHeader = 100_000_000

/** Headers are padded with spaces so that the numbers begin at a multiple of this. */
const alignment = 8

const metadataKey = "__metadata__"

const Entry = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Schema.Natural),
  data_offsets: Schema.Tuple([Schema.Natural, Schema.Natural])
})

const decodeMetadata = Schema.decodeUnknownResult(Schema.Record(Schema.String, Schema.String))
const decodeEntries = Schema.decodeUnknownResult(Schema.Record(Schema.String, Entry))

/** Reads a header's text. `data` is where the numbers begin, `size` how long the file is, in bytes. */
export const parseHeader = (
  file: string,
  bytes: Uint8Array,
  { data, size }: { readonly data: number; readonly size: number }
): SafetensorsHeader => {
  const fail = (detail: string): never => {
    throw new ModelFolderError({ file, detail })
  }
  const orFail = <A>(decoded: Result.Result<A, Schema.SchemaError>): A =>
    Result.getOrElse(decoded, ({ issue }) => fail(`its header is broken: ${findingsOf(issue)[0]?.message}`))
  const { [metadataKey]: metadata = {}, ...entries } = jsonObject(bytes) ?? fail("its header is no JSON object")
  const tensors = Object.entries(orFail(decodeEntries(entries))).map(([name, entry]) => {
    const [start, end] = entry.data_offsets
    return { name, type: entry.dtype, shape: entry.shape, start: data + start, end: data + end }
  })
  const problem = misplaced(tensors, data, size)
  if (problem !== undefined) fail(problem)
  return {
    metadata: orFail(decodeMetadata(metadata)),
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor]))
  }
}

const jsonObject = (bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Bits of one number by the format's codes; of types that came later nothing is known. */
const bits: Readonly<Record<string, number>> = {
  ...{ F64: 64, I64: 64, U64: 64, F32: 32, I32: 32, U32: 32, F16: 16, BF16: 16, I16: 16, U16: 16 },
  ...{ I8: 8, U8: 8, BOOL: 8, F8_E4M3: 8, F8_E5M2: 8 }
}

/** What is wrong with the places of the tensors: the format wants them to fill the file without holes. */
const misplaced = (tensors: ReadonlyArray<StoredTensor>, data: number, size: number): string | undefined => {
  let filled = data
  for (const { name, type, shape, start, end } of [...tensors].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const needed = (sizeOf(shape) * (bits[type] ?? Number.NaN)) / 8
    if (end < start) return `${name} ends before it begins`
    if (end > size)
      return `${name} reaches ${end - size} bytes beyond the end of the file; it was cut off, copy it again`
    if (end - start !== needed && !Number.isNaN(needed)) {
      return `${name} has ${end - start} bytes, but [${shape}] numbers of ${type} have ${needed}`
    }
    if (start < filled) return `${name} overlaps the tensor before it`
    if (start > filled) return `${start - filled} bytes before ${name} belong to no tensor`
    filled = end
  }
  return filled < size ? `${size - filled} bytes at its end belong to no tensor` : undefined
}

/** The bytes before the numbers: length, JSON in the given order, and padding. */
export const encodeHeader = (
  tensors: ReadonlyArray<{ readonly name: string; readonly shape: ReadonlyArray<number> }>,
  type: WeightType,
  metadata: Readonly<Record<string, string>>
): Uint8Array => {
  let offset = 0
  const entries = tensors.map(({ name, shape }) => {
    const start = offset
    offset += sizeOf(shape) * bytesPerNumber[type]
    return [name, { dtype: typeCodes[type], shape, data_offsets: [start, offset] }]
  })
  const json = Buffer.from(JSON.stringify({ [metadataKey]: metadata, ...Object.fromEntries(entries) }))
  const length = Math.ceil(json.length / alignment) * alignment
  const header = Buffer.alloc(lengthBytes + length, " ")
  header.writeBigUInt64LE(BigInt(length))
  json.copy(header, lengthBytes)
  return header
}
