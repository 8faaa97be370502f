import { assert, describe, it } from "vitest"
import { seededRandom } from "../../random.ts"
import { Prefixes } from "./prefixes.ts"
import { type CacheShape, RowCache } from "./rowCache.ts"

const shape: CacheShape = { layers: 2, keyValueHeads: 2, headSize: 3, type: "float32" }
const numbers = (length: number) => shape.layers * 2 * shape.keyValueHeads * length * shape.headSize

/** Keys and values of `length` tokens that tell where they belong: planes, heads, cells and numbers are the digits. */
const marked = (sequence: number, length: number) => {
  const values = Float32Array.from({ length: numbers(length) }, (_, i) => {
    const cell = Math.floor(i / shape.headSize) % length
    const ordinal = Math.floor(i / shape.headSize / length)
    return sequence * 1e5 + ordinal * 1e4 + cell * 10 + (i % shape.headSize)
  })
  return { length, values }
}

/** Appends a cell to every row, marked as the next of its sequence. */
const grow = (cache: RowCache, sequences: ReadonlyArray<number>): void => {
  const lengths = [...cache.lengths]
  cache.reserve(1)
  const planes = Array.from({ length: shape.layers * 2 }, (_, plane) =>
    Float32Array.from({ length: sequences.length * shape.keyValueHeads * shape.headSize }, (_, i) => {
      const head = Math.floor(i / shape.headSize) % shape.keyValueHeads
      const row = Math.floor(i / shape.headSize / shape.keyValueHeads)
      const ordinal = plane * shape.keyValueHeads + head
      return (sequences[row] ?? 0) * 1e5 + ordinal * 1e4 + (lengths[row] ?? 0) * 10 + (i % shape.headSize)
    })
  )
  cache.write({
    count: 1,
    plane: (plane) => ({
      values: planes[plane] ?? new Float32Array(0),
      at: (row, head) => (row * shape.keyValueHeads + head) * shape.headSize
    })
  })
}

describe("a cache of rows", () => {
  it("keeps what every sequence has while others come, grow and leave", () => {
    const cache = new RowCache(shape, 4096, 8)
    const random = seededRandom(1, "rows")
    const sequences: Array<number> = []
    for (let step = 0; step < 400; step++) {
      const choice = random.below(10)
      if (choice === 0 && sequences.length < 8) {
        const length = 1 + random.below(90)
        cache.append(marked(step, length + 5), length)
        sequences.push(step)
      } else if (choice === 1 && sequences.length > 0) {
        const row = random.below(sequences.length)
        cache.remove(row)
        const last = sequences.pop() ?? 0
        if (row < sequences.length) sequences[row] = last
      } else if (sequences.length > 0 && cache.hasRoomFor(sequences.length, cache.longest + 1)) grow(cache, sequences)
      sequences.forEach((sequence, row) => {
        const length = cache.lengths[row] ?? 0
        assert.deepStrictEqual(cache.copyOf(row, length), marked(sequence, length))
      })
    }
    assert.isAbove(sequences.length, 0)
  })

  it("gives rows no more cells than the longest needs, and refuses what exceeds its capacity", () => {
    const cache = new RowCache(shape, 256, 2)
    cache.append(marked(1, 150), 150)
    assert.strictEqual(cache.cells, 192)
    assert.isFalse(cache.hasRoomFor(2, 150))
    assert.throws(() => cache.append(marked(2, 1), 1), "exceed the cache of 256")
    cache.remove(0)
    cache.append(marked(3, 20), 20)
    assert.strictEqual(cache.cells, 64)
    assert.strictEqual(cache.view(0).length, 64 * shape.keyValueHeads * shape.headSize)
  })
})

describe("kept prefixes", () => {
  const keep = (prefixes: Prefixes, tokens: ReadonlyArray<number>): void => {
    if (prefixes.wants(tokens)) prefixes.keep(tokens, marked(0, tokens.length))
  }

  it("finds the sequence with the longest beginning in common", () => {
    const prefixes = new Prefixes(100)
    keep(prefixes, [1, 2, 3, 4])
    keep(prefixes, [1, 2, 5, 6, 7])
    assert.strictEqual(prefixes.longest([1, 2, 5, 6, 8])?.common, 4)
    assert.strictEqual(prefixes.longest([1, 2, 3])?.common, 3)
    assert.isUndefined(prefixes.longest([2, 1]))
  })

  it("keeps one sequence of those that go on with each other", () => {
    const prefixes = new Prefixes(100)
    keep(prefixes, [1, 2, 3])
    keep(prefixes, [1, 2, 3, 4, 5])
    assert.strictEqual(prefixes.tokens, 5)
    keep(prefixes, [1, 2])
    assert.strictEqual(prefixes.tokens, 5)
  })

  it("forgets the one that was not used for longest", () => {
    const prefixes = new Prefixes(6)
    keep(prefixes, [1, 1])
    keep(prefixes, [2, 2])
    keep(prefixes, [3, 3])
    prefixes.longest([1, 1, 1])
    keep(prefixes, [4, 4])
    assert.isUndefined(prefixes.longest([2, 2]))
    assert.strictEqual(prefixes.longest([1, 1])?.common, 2)
    assert.strictEqual(prefixes.tokens, 6)
    assert.isFalse(prefixes.wants([1, 2, 3, 4, 5, 6, 7]))
  })
})
