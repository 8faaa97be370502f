import type * as ort from "onnxruntime-node"
import { type CacheShape, RowCache } from "../cache/rowCache.ts"
import type { Decoder } from "./decoder.ts"
import { appendPresent, type CellPlacement, foreignCacheShape, logitsAt, runForeign, singles } from "./foreignModel.ts"
import { openSession } from "./session.ts"

/**
 * Opens a causal language model that others exported to ONNX, with the usual inputs and outputs: `input_ids`, `attention_mask`,
 * perhaps `position_ids`, `past_key_values.N.key` and `.value`; `logits`, `present.N.key` and `.value`. Numbers are of single or
 * half precision. Throws what is missing or not known.
 */
export const openForeignDecoder = async (file: string, vocabularySize: number, threads: number): Promise<Decoder> => {
  const session = await openSession(file, threads)
  const shape = foreignCacheShape(file, session)
  const placement = await findPlacement(session, shape)
  return {
    cacheShape: placement === undefined ? { ...shape, gapless: true } : shape,
    vocabularySize,
    ...(placement === undefined && { mostRows: 1 }),
    forward: async (cache, tokens, wanted) => {
      const results = await runForeign(session, cache, tokens)
      const logits = logitsAt(results, wanted)
      appendPresent(cache, results, tokens.length / cache.rows, placement ?? "behind-all")
      return logits
    },
    release: () => session.release()
  }
}

const nothing = { length: 0, values: new Float32Array(0) }

/** Two tokens that every vocabulary has. */
const [a, b] = [1, 2]

/**
 * Tries out whether a model minds unused cells between a row's tokens and its new ones, alone and beside a longer row, and where
 * it puts the new ones. Undefined when it does mind them.
 */
const findPlacement = async (session: ort.InferenceSession, shape: CacheShape): Promise<CellPlacement | undefined> => {
  const alone = new RowCache({ ...shape, gapless: true }, 4, 1)
  alone.append(nothing, 0)
  const whole = await runForeign(session, alone, [a, b, a])
  const [afterTwo, afterThree] = [logitsAt(whole, [1]), logitsAt(whole, [2])]
  appendPresent(alone, whole, 3, "behind-all")
  const known = alone.copyOf(0, 3)

  const expected = known.values.subarray(2 * shape.headSize, 3 * shape.headSize)
  for (const placement of ["behind-all", "behind-own"] as const) {
    const rows = new RowCache(shape, 128, 2)
    rows.append(known, 2)
    rows.append(known, 1)
    const beside = await attempt(session, rows, [a, b])
    if (beside === undefined) return undefined
    appendPresent(rows, beside, 1, placement)
    const found = rows.copyOf(0, 3).values.subarray(2 * shape.headSize, 3 * shape.headSize)
    if (!areClose(singles(found), singles(expected), shape)) continue

    const piece = new RowCache(shape, 128, 2)
    piece.append(known, 1)
    const continued = await attempt(session, piece, [b, a])
    const agrees =
      continued !== undefined &&
      areClose(logitsAt(beside, [0]), afterThree, shape) &&
      areClose(logitsAt(beside, [1]), afterTwo, shape) &&
      areClose(logitsAt(continued, [1]), afterThree, shape)
    return agrees ? placement : undefined
  }
  return undefined
}

/** A model that refuses to run this way says no as well. */
const attempt = (session: ort.InferenceSession, cache: RowCache, tokens: ReadonlyArray<number>) =>
  runForeign(session, cache, tokens).catch(() => undefined)

/** Whether numbers agree as far as the precision of the model allows. */
const areClose = (values: Float32Array, expected: Float32Array, { type }: CacheShape): boolean => {
  const greatest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const tolerance = (type === "float32" ? 1e-3 : 2e-2) * greatest
  return (
    values.length === expected.length && values.every((value, i) => Math.abs(value - (expected[i] ?? 0)) <= tolerance)
  )
}
