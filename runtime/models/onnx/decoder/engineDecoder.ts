import * as ort from "onnxruntime-node"
import type { Qwen2Config } from "../../qwen2/config.ts"
import type { CacheShape, RowCache } from "../cache/rowCache.ts"
import { type Decoder, nextPositions } from "./decoder.ts"
import { int64 } from "./session.ts"

/** A Qwen2 model in a session that was made of `engineGraph`. */
export const engineDecoder = (session: ort.InferenceSession, config: Qwen2Config): Decoder => {
  const { headSize, keyValueHeads, layers, vocabularySize } = config
  const cacheShape: CacheShape = { layers, keyValueHeads, headSize, type: "float32" }
  return {
    cacheShape,
    vocabularySize,
    forward: async (cache, tokens, wanted) => {
      const rows = cache.rows
      const length = tokens.length / rows
      const results = await session.run({
        ...pastOf(cache),
        input_ids: int64(tokens, [rows, length]),
        position_ids: int64(nextPositions(cache, length), [rows, length]),
        mask: new ort.Tensor("float32", causalMask(cache, length), [rows, 1, 1, length, cache.cells + length]),
        rows: int64(wanted, [wanted.length])
      })
      const fresh = floats(results, "new")
      const planeSize = rows * keyValueHeads * length * headSize
      cache.reserve(length)
      cache.write({
        count: length,
        plane: (plane) => ({
          values: fresh,
          at: (row, head) => plane * planeSize + (row * keyValueHeads + head) * length * headSize
        })
      })
      return floats(results, "logits")
    },
    release: () => session.release()
  }
}

const pastOf = (cache: RowCache): Record<string, ort.Tensor> => {
  const { headSize, keyValueHeads, layers } = cache.shape
  const dimensions = [cache.rows, keyValueHeads, cache.cells, headSize]
  const feeds: Record<string, ort.Tensor> = {}
  for (let plane = 0; plane < layers * 2; plane++) {
    const name = `past.${plane >> 1}.${plane % 2 === 0 ? "key" : "value"}`
    feeds[name] = new ort.Tensor("float32", cache.view(plane) as Float32Array, dimensions)
  }
  return feeds
}

const floats = (results: ort.InferenceSession.ReturnType, name: string): Float32Array =>
  results[name]?.data as Float32Array

/** Added to a score so that nothing is left of its token: the exponential function is 0 there. */
const MASKED = -1e9

/** [rows, length, length + cells]: a token sees the tokens before it, and not the unused cells of its row. */
const causalMask = ({ cells, lengths }: RowCache, count: number): Float32Array => {
  const reach = cells + count
  const mask = new Float32Array(lengths.length * count * reach)
  lengths.forEach((length, row) => {
    for (let step = 0; step < count; step++) {
      const start = (row * count + step) * reach
      mask.fill(MASKED, start + step + 1, start + count)
      mask.fill(MASKED, start + count + length, start + reach)
    }
  })
  return mask
}
