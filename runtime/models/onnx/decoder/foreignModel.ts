import * as ort from "onnxruntime-node"
import { fromFloat16 } from "../../qwen2/halfFloats.ts"
import type { CacheArray, CacheShape, RowCache } from "../cache/rowCache.ts"
import { nextPositions } from "./decoder.ts"
import { float16, int64 } from "./session.ts"

/** Where a model puts the keys and values of a row's new tokens in `present`. */
export type CellPlacement =
  /** Behind all cells of the past, the unused ones included: where the graph concatenates. */
  | "behind-all"
  /** Behind the row's own tokens: where the graph uses `GroupQueryAttention`. */
  | "behind-own"

type Results = ort.InferenceSession.ReturnType

/** The name of layer and part of a cache plane. */
const partOf = (plane: number): string => `${plane >> 1}.${plane % 2 === 0 ? "key" : "value"}`

const others = ["input_ids", "attention_mask", "position_ids"]

/** What the session's inputs say about the cache. Throws when they are not those of a causal language model with a cache. */
export const foreignCacheShape = (file: string, session: ort.InferenceSession): CacheShape => {
  const inputs = new Map(session.inputMetadata.map((input) => [input.name, input]))
  const past = [...inputs.keys()].filter((name) => /^past_key_values\.\d+\.(key|value)$/.test(name))
  const unknown = [...inputs.keys()].filter((name) => !others.includes(name) && !past.includes(name))
  const layers = past.length / 2
  const planes = Array.from({ length: layers * 2 }, (_, plane) => partOf(plane))
  const missing = [
    ...["input_ids", "attention_mask"].filter((name) => !inputs.has(name)),
    ...planes.map((part) => `past_key_values.${part}`).filter((name) => !inputs.has(name)),
    ...["logits", ...planes.map((part) => `present.${part}`)].filter((name) => !session.outputNames.includes(name))
  ]
  const first = inputs.get("past_key_values.0.key")
  if (first === undefined || missing.length > 0 || unknown.length > 0) {
    const problems = [
      ...(first === undefined ? ["it has no past_key_values.0.key"] : []),
      ...(missing.length > 0 ? [`it lacks ${missing.join(", ")}`] : []),
      ...(unknown.length > 0 ? [`it wants ${unknown.join(", ")}`] : [])
    ]
    throw new Error(
      `${file}: not a causal language model with a key-value cache that can be run: ${problems.join("; ")}`
    )
  }
  return cacheShapeOf(file, first, layers)
}

const cacheShapeOf = (
  file: string,
  { isTensor, ...past }: ort.InferenceSession.ValueMetadata,
  layers: number
): CacheShape => {
  const [, keyValueHeads, , headSize] = "shape" in past ? past.shape : []
  const type = "type" in past ? past.type : undefined
  if (typeof keyValueHeads !== "number" || typeof headSize !== "number" || (type !== "float32" && type !== "float16")) {
    throw new Error(`${file}: past_key_values.0.key is not [batch, heads, length, size] of float32 or float16`)
  }
  return { layers, keyValueHeads, headSize, type }
}

/** Computes the next tokens [rows · length] of all rows of a cache. */
export const runForeign = (
  session: ort.InferenceSession,
  cache: RowCache,
  tokens: ReadonlyArray<number>
): Promise<Results> => {
  const { headSize, keyValueHeads, layers } = cache.shape
  const rows = cache.rows
  const length = tokens.length / rows
  const feeds: Record<string, ort.Tensor> = {
    input_ids: int64(tokens, [rows, length]),
    attention_mask: int64(presence(cache, length), [rows, cache.cells + length])
  }
  if (session.inputNames.includes("position_ids")) {
    feeds.position_ids = int64(nextPositions(cache, length), [rows, length])
  }
  for (let plane = 0; plane < layers * 2; plane++) {
    const dimensions = [rows, keyValueHeads, cache.cells, headSize]
    const view = cache.view(plane)
    feeds[`past_key_values.${partOf(plane)}`] =
      view instanceof Float32Array ? new ort.Tensor("float32", view, dimensions) : float16(view, dimensions)
  }
  return session.run(feeds)
}

/** [rows, cells + length]: 1 for a row's tokens and for the new ones. */
const presence = ({ cells, lengths }: RowCache, count: number): ReadonlyArray<number> =>
  lengths.flatMap((length) =>
    Array.from({ length: cells + count }, (_, cell) => (cell < length || cell >= cells ? 1 : 0))
  )

/** The logits of the tokens at these places of [rows · length]: [wanted, vocabularySize]. */
export const logitsAt = (results: Results, wanted: ReadonlyArray<number>): Float32Array => {
  const logits = outputOf(results, "logits")
  const vocabularySize = logits.dims[2] ?? 0
  const chosen = new Float32Array(wanted.length * vocabularySize)
  wanted.forEach((place, index) => {
    const row = logits.data.subarray(place * vocabularySize, (place + 1) * vocabularySize)
    chosen.set(singles(row), index * vocabularySize)
  })
  return chosen
}

/** Appends what a run computed to the cache it was run with. */
export const appendPresent = (cache: RowCache, results: Results, count: number, placement: CellPlacement): void => {
  const { keyValueHeads, headSize } = cache.shape
  const cells = cache.cells
  const firsts = cache.lengths.map((length) => (placement === "behind-all" ? cells : length))
  cache.reserve(count)
  cache.write({
    count,
    plane: (plane) => {
      const { data, dims } = outputOf(results, `present.${partOf(plane)}`)
      const reach = dims[2] ?? 0
      return { values: data, at: (row, head) => ((row * keyValueHeads + head) * reach + (firsts[row] ?? 0)) * headSize }
    }
  })
}

/** A result of either precision; half floats as their bits. */
const outputOf = (
  results: Results,
  name: string
): { readonly data: CacheArray; readonly dims: ReadonlyArray<number> } => {
  const { data, dims, type } = results[name] ?? {}
  if (type === "float32") return { data: data as Float32Array, dims: dims ?? [] }
  const { buffer, byteLength, byteOffset } = data as Uint16Array
  return { data: new Uint16Array(buffer, byteOffset, byteLength / 2), dims: dims ?? [] }
}

/** Numbers in single precision. */
export const singles = (values: CacheArray): Float32Array => {
  if (values instanceof Float32Array) return values
  const converted = new Float32Array(values.length)
  fromFloat16(values, converted)
  return converted
}
