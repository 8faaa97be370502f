import { describe, expect, it } from "vitest"
import { OrderedMerge } from "./orderedMerge.ts"

const merging = (sources: number) => {
  const passed: Array<readonly [sequence: number, source: number]> = []
  const merge = new OrderedMerge<{ readonly sequence: number }>(sources, ({ sequence }, source) =>
    passed.push([sequence, source])
  )
  return { merge, passed }
}

describe("a merge of ordered sources", () => {
  it("passes on what nothing can come before any more", () => {
    const { merge, passed } = merging(2)
    merge.push(0, { sequence: 1 })
    merge.push(0, { sequence: 4 })
    expect(passed).toEqual([])
    merge.push(1, { sequence: 3 })
    expect(passed).toEqual([
      [1, 0],
      [3, 1]
    ])
  })

  it("waits for no source that has ended", () => {
    const { merge, passed } = merging(3)
    merge.end(2)
    merge.push(0, { sequence: 7 })
    merge.end(1)
    expect(passed).toEqual([[7, 0]])
    expect(merge.isDone).toBe(false)
    merge.end(0)
    expect(merge.isDone).toBe(true)
  })

  it("gives one order whatever the order of arrival", () => {
    const sequences = Array.from({ length: 300 }, (_, i) => i + 1)
    for (const chunk of [1, 7, 100]) {
      const { merge, passed } = merging(3)
      const sources = [0, 1, 2].map((source) => sequences.filter((sequence) => (sequence * sequence) % 3 === source))
      while (sources.some((left) => left.length > 0)) {
        for (const [source, left] of sources.entries()) {
          for (const sequence of left.splice(0, chunk + source)) merge.push(source, { sequence })
          if (left.length === 0) merge.end(source)
        }
      }
      expect(passed.map(([sequence]) => sequence)).toEqual(sequences)
      expect(merge.isDone).toBe(true)
    }
  })
})
