import {
  add,
  concat,
  matMul,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose
} from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"

/** 0 where position `row` may look at position `column`, a number whose exponential is 0 where it may not: [length, length]. */
export const causalMask = (length: number): Tensor => {
  const mask = new Float32Array(length * length)
  for (let row = 0; row < length; row++) mask.fill(-1e9, row * length + row + 1, (row + 1) * length)
  return tensor(mask, [length, length])
}

/** Positions of one block: it looks at itself and at those before it. */
interface Block {
  readonly from: number
  readonly to: number
}

/**
 * Attention of every position to itself and those before it: softmax(q·kᵀ / √headSize + mask) · v (Vaswani et al., arXiv
 * 1706.03762), with `q` [batch, heads, length, headSize], `k` and `v` [batch, keyValueHeads, length, headSize] and the mask
 * of `causalMask`. Each of the key-value heads serves the `heads / keyValueHeads` query heads that follow each other.
 *
 * Queries are taken in blocks, each with the keys up to its end: nearly half of the scores would be masked out anyway.
 *
 * The gradient uses that Σ P·dP over a row is Σ O·dO (Dao et al., arXiv 2205.14135), which has headSize terms and not length.
 */
export const causalAttention = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor): Tensor =>
  differentiable((q: Tensor, k: Tensor, v: Tensor) => {
    const heads = headsOf(q, k)
    const scale = 1 / Math.sqrt(heads.headSize)
    const queries = mul(q, scale)
    const blocks = blocksOf(heads.length)
    const attended = blocks.map((block) => attend(heads, block, { queries, k, v, mask }))
    const value = join(attended.map(({ value }) => value))
    return {
      value,
      saved: [queries, k, v, value, ...attended.map(({ weights }) => weights)],
      gradient: (upstream, saved) => {
        const [queries, k, v, value, ...weights] = saved as [Tensor, Tensor, Tensor, Tensor, ...Array<Tensor>]
        const parts = blocks.map((block, index) =>
          blockGradient(heads, block, { queries, k, v, value, upstream, weights: weights[index] as Tensor })
        )
        return [
          mul(join(parts.map(({ dq }) => dq)), scale),
          total(parts.map(({ dk }) => dk)),
          total(parts.map(({ dv }) => dv))
        ]
      }
    }
  })(q, k, v)

interface Heads {
  readonly batch: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly length: number
  readonly headSize: number
}

const headsOf = (q: Tensor, k: Tensor): Heads => {
  const [batch = 1, heads = 1, length = 1, headSize = 1] = q.shape
  return { batch, heads, keyValueHeads: k.shape[1] ?? heads, length, headSize }
}

/** Fewer rows make blocks that cost more than the scores they save. */
const smallestBlock = 32
const mostBlocks = 8

const blocksOf = (length: number): ReadonlyArray<Block> => {
  const size = Math.max(smallestBlock, Math.ceil(length / mostBlocks))
  return Array.from({ length: Math.ceil(length / size) }, (_, index) => ({
    from: index * size,
    to: Math.min(length, (index + 1) * size)
  }))
}

/** The rows of a block of `x` [batch, some heads, length, headSize]. */
const rowsOf = (x: Tensor, { from, to }: Block): Tensor => slice(x, [0, 0, from, 0], [-1, -1, to - from, -1])

/** Query heads that share a key-value head, below each other: [batch, keyValueHeads, group · rows, columns]. */
const fold = ({ batch, heads, keyValueHeads }: Heads, x: Tensor): Tensor => {
  const [rows = 1, columns = 1] = x.shape.slice(-2)
  return reshape(x, [batch, keyValueHeads, (heads / keyValueHeads) * rows, columns])
}

const unfold = ({ batch, heads }: Heads, x: Tensor, rows: number): Tensor =>
  reshape(x, [batch, heads, rows, x.shape.at(-1) ?? 1])

const attend = (
  heads: Heads,
  block: Block,
  { queries, k, v, mask }: Readonly<Record<"queries" | "k" | "v" | "mask", Tensor>>
): { readonly value: Tensor; readonly weights: Tensor } => {
  const rows = block.to - block.from
  const seen = { from: 0, to: block.to }
  const scores = matMul(fold(heads, rowsOf(queries, block)), swap(rowsOf(k, seen)))
  const allowed = slice(mask, [block.from, 0], [rows, block.to])
  const weights = fold(heads, softmax(add(unfold(heads, scores, rows), allowed)))
  return { value: unfold(heads, matMul(weights, rowsOf(v, seen)), rows), weights }
}

const blockGradient = (
  heads: Heads,
  block: Block,
  given: Readonly<Record<"queries" | "k" | "v" | "value" | "upstream" | "weights", Tensor>>
): { readonly dq: Tensor; readonly dk: Tensor; readonly dv: Tensor } => {
  const { weights } = given
  const seen = { from: 0, to: block.to }
  const dValue = fold(heads, rowsOf(given.upstream, block))
  const mean = sum(mul(dValue, fold(heads, rowsOf(given.value, block))), -1, true)
  const dScores = mul(weights, sub(matMul(dValue, swap(rowsOf(given.v, seen))), mean))
  const toTheEnd = (x: Tensor) =>
    pad(x, [
      [0, 0],
      [0, 0],
      [0, heads.length - block.to],
      [0, 0]
    ])
  return {
    dq: unfold(heads, matMul(dScores, rowsOf(given.k, seen)), block.to - block.from),
    dk: toTheEnd(matMul(swap(dScores), fold(heads, rowsOf(given.queries, block)))),
    dv: toTheEnd(matMul(swap(weights), dValue))
  }
}

const join = (parts: Array<Tensor>): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 2))

const total = (parts: ReadonlyArray<Tensor>): Tensor => parts.reduce((sum, part) => add(sum, part))

/** The last two axes exchanged. */
const swap = (x: Tensor): Tensor => transpose(x, [0, 1, 3, 2])
