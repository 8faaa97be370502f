import {
  add,
  div,
  grads,
  matMul,
  mul,
  reshape,
  setBackend,
  softmax,
  sum,
  type Tensor,
  tensor,
  tidy,
  tile
} from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import "../tfjs.ts"
import { causalAttention, causalMask } from "./causalAttention.ts"

const [batch, headSize] = [2, 6]

/** Numbers that look random, the same every time. */
const wave = (seed: number, shape: [number, number, number, number]): Tensor => {
  const size = shape.reduce((product, one) => product * one, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(index * 1.3 + seed + index ** 2)),
    shape
  )
}

/** The equation as it is written, differentiated by tfjs, with every key-value head repeated for its query heads. */
const asWritten = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor): Tensor => {
  const [batch = 1, heads = 1, length = 1, headSize = 1] = q.shape
  const group = heads / (k.shape[1] ?? 1)
  const repeated = (x: Tensor) => {
    const wide = reshape(x, [batch, heads / group, 1, length * headSize])
    return reshape(tile(wide, [1, 1, group, 1]), [batch, heads, length, headSize])
  }
  const scores = div(matMul(q, repeated(k), false, true), Math.sqrt(headSize))
  return matMul(softmax(add(scores, mask)), repeated(v))
}

beforeAll(() => setBackend("cpu"))

describe("causal attention in blocks", () => {
  it.each([
    { length: 1, heads: 2, keyValueHeads: 2 },
    { length: 32, heads: 4, keyValueHeads: 1 },
    { length: 33, heads: 2, keyValueHeads: 1 },
    { length: 100, heads: 4, keyValueHeads: 2 },
    { length: 300, heads: 1, keyValueHeads: 1 }
  ])("is the equation, and so are its gradients: $length positions, $heads/$keyValueHeads heads", (shape) => {
    const { heads, keyValueHeads, length } = shape
    const ours = (attention: typeof causalAttention) =>
      tidy(() => {
        const operands = [heads, keyValueHeads, keyValueHeads].map((count, index) =>
          wave(index, [batch, count, length, headSize])
        ) as [Tensor, Tensor, Tensor]
        const mask = causalMask(length)
        const weighed = (q: Tensor, k: Tensor, v: Tensor) =>
          sum(mul(attention(q, k, v, mask), wave(7, [batch, heads, length, headSize])))
        return [attention(...operands, mask), ...grads(weighed)(operands)].map((result) => result.dataSync())
      })
    const [computed, expected] = [ours(causalAttention), ours(asWritten)]
    for (const [index, values] of computed.entries()) {
      const wanted = expected[index] ?? []
      expect(values).toHaveLength(wanted.length)
      for (const [place, value] of values.entries()) expect(value).toBeCloseTo(wanted[place] ?? Number.NaN, 4)
    }
  })
})
